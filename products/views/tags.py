"""Tags: the list of them, renaming, merging and removing one, and suggestions while they are typed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.forms import TagForm
from products.models import ChangeSet, Job, Tag
from products.services import tags
from site_config.lib import paging
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted

PAGE_SIZE = 50
BY_NAME = paging.Sort("name", "name")


@allow(Action.PRODUCT_EDIT)
def list_(request: PageRequest) -> HttpResponse:
    try:
        page = paging.page(tags.listed(request.user), sort=BY_NAME, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("products:tags-list")
    context = {"page": page, "most": tags.COUNTED, "here": "tags"}
    return render(request, "products/tags/list.html", context)


@allow(Action.PRODUCT_EDIT, methods=("GET", "HEAD", "POST"))
def rename(request: PageRequest, pk: int) -> HttpResponse:
    """To a new word, or to one that is there already, which makes the two one."""
    tag = visible(request, pk)
    form = TagForm(posted(request), initial={"name": tag.name})
    if form.is_valid():
        try:
            done = tags.rename(actor=request.user, tag=tag, name=form.cleaned_data["name"])
        except DomainError as error:
            add_error(form, error)
        else:
            new = tags.one(form.cleaned_data["name"])
            return answer(request, done, _("{old} is called {new} now").format(old=tag, new=new))
    context = {"tag": tag, "form": form, "most": tags.COUNTED, "here": "tags"}
    return render(request, "products/tags/rename.html", context, status=422 if form.errors else 200)


@allow(Action.PRODUCT_EDIT, methods=("POST",))
def remove(request: PageRequest, pk: int) -> HttpResponse:
    tag = visible(request, pk)
    return answer(request, tags.remove(actor=request.user, tag=tag), _("{} removed from its products").format(tag))


@allow(Action.PRODUCT_VIEW)
def suggest(request: PageRequest) -> HttpResponse:
    """What the tags that are being typed could become; for script alone, so as a page it is the list."""
    if not request.htmx:
        return redirect("products:tags-list")
    words = tags.suggested(request.user, request.GET.get("tags", ""))
    return render(request, "products/tags/_suggestions.html", {"words": words})


def visible(request: PageRequest, pk: int) -> Tag:
    return get_object_or_404(tags.listed(request.user), pk=pk)


def answer(request: PageRequest, done: ChangeSet | Job, said: str) -> HttpResponse:
    """Back to the list with an Undo, or to the job that does it."""
    if isinstance(done, Job):
        return redirect("products:jobs-show", done.pk)
    messages.success(request, said, extra_tags=f"undo-{done.pk}" if done.pk else "")
    return redirect("products:tags-list")
