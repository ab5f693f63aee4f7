"""The tree of categories: looking through it, and making, renaming, moving, merging and deleting one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.forms import CategoryForm, MergeForm
from products.models import Category, ChangeSet, Job
from products.services import categories, category_merge, category_tree, changes
from site_config.lib.errors import DomainError
from site_config.lib.forms import add_error, posted


@allow(Action.PRODUCT_VIEW)
def list_(request: PageRequest) -> HttpResponse:
    """The tree from its root: whole while it is small, else a level at a time."""
    return shelf_page(request, "products/categories/list.html", None, category_tree.Branches())


@allow(Action.PRODUCT_VIEW)
def show(request: PageRequest, pk: int) -> HttpResponse:
    """One category, the way to it and what is in it."""
    branches = category_tree.Branches()
    if pk not in branches.rows:
        raise Http404
    place = branches.rows[pk]
    [row] = category_tree.counted(request.user, branches, [(place, 0)])
    context = {"category": place, "row": row, "trail": branches.trail(pk)}
    return shelf_page(request, "products/categories/show.html", place, branches, **context)


def shelf_page(
    request: PageRequest, template: str, place: Category | None, branches: category_tree.Branches, **context: Any
) -> HttpResponse:
    try:
        shelf = category_tree.shelf(
            reader=request.user, branches=branches, place=place, cursor=request.GET.get("cursor")
        )
    except DomainError:
        return redirect(request.path)
    context |= {"shelf": shelf, "page": shelf, "most": category_tree.COUNTED, "here": "categories"}
    return render(request, template, context)


@allow(Action.CATEGORY_EDIT, methods=("GET", "HEAD", "POST"))
def create(request: PageRequest) -> HttpResponse:
    """A new one at the top, or in the one that `?parent=` names."""
    form = CategoryForm(posted(request), initial={"parent": request.GET.get("parent")})
    if form.is_valid():
        try:
            made = categories.create(actor=request.user, **form.cleaned_data)
        except DomainError as error:
            add_error(form, error)
        else:
            say(request, made, _("{} created"))
            return redirect("products:categories-show", made.pk)
    context = {"form": form, "here": "categories"}
    return render(request, "products/categories/create.html", context, status=422 if form.errors else 200)


@allow(Action.CATEGORY_EDIT, methods=("GET", "HEAD", "POST"))
def edit(request: PageRequest, pk: int) -> HttpResponse:
    """A new name, another place, or both."""
    category = get_object_or_404(Category, pk=pk)
    form = CategoryForm(posted(request), initial={"name": category.name, "parent": category.parent_id}, moved=category)
    if form.is_valid():
        try:
            category = categories.edit(actor=request.user, category=category, **form.cleaned_data)
        except DomainError as error:
            add_error(form, error)
        else:
            say(request, category, _("{} saved"))
            return redirect("products:categories-show", pk)
    context = {"category": category, "form": form, "trail": category_tree.trail(category), "here": "categories"}
    return render(request, "products/categories/edit.html", context, status=422 if form.errors else 200)


@allow(Action.CATEGORY_EDIT, methods=("GET", "HEAD", "POST"))
def merge(request: PageRequest, pk: int) -> HttpResponse:
    """All that is in it goes into another one, and it is gone; many products are the worker's."""
    category = get_object_or_404(Category, pk=pk)
    form = MergeForm(posted(request), source=category)
    if form.is_valid():
        target = form.cleaned_data["into"]
        try:
            done = category_merge.merge(actor=request.user, source=category, target=target)
        except DomainError as error:
            add_error(form, error)
        else:
            said = _("{source} merged into {target}").format(source=category, target=target)
            return merged(request, done, said, target)
    context = {"category": category, "form": form, "trail": category_tree.trail(category), "here": "categories"}
    return render(request, "products/categories/merge.html", context, status=422 if form.errors else 200)


def merged(request: PageRequest, done: ChangeSet | Job, said: str, target: Category) -> HttpResponse:
    if isinstance(done, Job):
        return redirect("products:jobs-show", done.pk)
    messages.success(request, said, extra_tags=f"undo-{done.pk}")
    return redirect("products:categories-show", target.pk)


@allow(Action.CATEGORY_EDIT, methods=("POST",))
def delete(request: PageRequest, pk: int) -> HttpResponse:
    """An empty one; what is in the way is said."""
    category = get_object_or_404(Category, pk=pk)
    try:
        change_set = categories.delete(actor=request.user, category=category)
    except DomainError as error:
        messages.error(request, error.message)
        return redirect("products:categories-show", pk)
    messages.success(request, _("{} deleted").format(category), extra_tags=f"undo-{change_set.pk}")
    if category.parent_id:
        return redirect("products:categories-show", category.parent_id)
    return redirect("products:categories-list")


def say(request: PageRequest, category: Category, text: str) -> None:
    """The toast of an act, with its Undo; an act that changed nothing says so."""
    if written := changes.written_now(category):
        messages.success(request, text.format(category), extra_tags=f"undo-{written.pk}")
    else:
        messages.info(request, _("Nothing was different, so nothing was saved"))
