"""The questions of a product: its thread, writing into it, and taking a line back."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.decorators import PageRequest, allow
from accounts.policy import Action
from products.services import comments
from products.views.catalogue import visible
from site_config.lib import paging
from site_config.lib.errors import Conflict, DomainError
from site_config.lib.forms import add_error, posted

PAGE_SIZE = 30
NEWEST = paging.Sort("-id", "id")


class CommentForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Question or answer"), max_length=comments.LONGEST, widget=forms.Textarea({"rows": 3})
    )


@allow(Action.COMMENT_WRITE, methods=("GET", "HEAD", "POST"))
def show(request: PageRequest, pk: int) -> HttpResponse:
    """The whole thread, a page at a time, its newest line last; who sends a line goes back to the product."""
    product = visible(request, pk)
    form, status = CommentForm(posted(request)), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                comments.add(actor=request.user, product=product, text=form.cleaned_data["text"])
            except DomainError as error:
                status = 409 if isinstance(error, Conflict) else 422
                add_error(form, error)
            else:
                messages.success(request, _("Sent: those it concerns are told"))
                return redirect(reverse("products:catalogue-detail", args=[pk]) + "#questions")
    try:
        page = paging.page(comments.of(product), sort=NEWEST, cursor=request.GET.get("cursor"), size=PAGE_SIZE)
    except DomainError:
        return redirect("products:comments-show", pk)
    thread = comments.thread(page.rows, request.user)
    context = {"product": product, "form": form, "page": page, "thread": thread, "here": "products"}
    return render(request, "products/comments/show.html", context, status=status)


@allow(Action.COMMENT_WRITE, methods=("POST",))
def remove(request: PageRequest, pk: int, comment: int) -> HttpResponse:
    product = visible(request, pk)
    line = get_object_or_404(comments.of(product), pk=comment)
    try:
        comments.remove(actor=request.user, comment=line)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("Line removed from the questions of {}").format(product))
    return redirect(reverse("products:catalogue-detail", args=[pk]) + "#questions")
