"""Questions and answers of a product: who writes, who reads, who is told, and what is taken back."""

from datetime import timedelta

import pytest
from django.urls import reverse

from products.models import Comment, Notification
from products.models.notifications import Kind
from products.services import comments
from site_config.lib.errors import Conflict, DomainError, NotAllowed
from site_config.lib.plain_text import cleaned
from tests.factories import ProductFactory, UserFactory


@pytest.fixture
def kettle(cleo, ada):
    return ProductFactory(name="Stovetop kettle", owner=cleo, actor=ada)


def told():
    return {row.person.username for row in Notification.objects.filter(kind=Kind.COMMENT_ADDED)}


def show(product):
    return reverse("products:comments-show", args=[product.pk])


def remove(comment):
    return reverse("products:comments-remove", args=[comment.product_id, comment.pk])


# --- The rules -------------------------------------------------------------------------------------------------------


def test_what_a_client_asks_is_told_to_those_who_can_answer(ada, sam, cleo, kettle):
    comments.add(actor=cleo, product=kettle, text="When does it come?")
    assert told() == {"ada", "sam"}


def test_an_answer_is_told_to_the_owner_and_to_those_who_wrote_before(ada, sam, cleo, kettle):
    elif_ = UserFactory(username="elif")
    comments.add(actor=elif_, product=kettle, text="Is the lid blue?")
    assert told() == {"cleo"}
    Notification.objects.all().delete()
    comments.add(actor=sam, product=kettle, text="On Monday.")
    assert told() == {"cleo", "elif"}


def test_nobody_is_told_of_what_they_do_not_see(ada, sam, cleo):
    secret = ProductFactory(owner=cleo, is_public=False, actor=ada)
    comments.add(actor=cleo, product=secret, text="When?")
    assert told() == {"ada"}


def test_text_is_kept_as_lines_without_what_only_a_program_reads(cleo, kettle):
    assert comments.add(actor=cleo, product=kettle, text=" A\r\nB\x07\u202eC\r\n\r\n\r\nD ").text == "A\nB C\n\nD"
    assert cleaned("a\tb\rc ") == "a\tb\nc"


@pytest.mark.parametrize(("text", "code"), [(" \u200e\n ", "required"), ("x" * 2001, "too_long")])
def test_nothing_and_too_much_are_refused(text, code, cleo, kettle):
    with pytest.raises(DomainError) as refused:
        comments.add(actor=cleo, product=kettle, text=text)
    assert (refused.value.field, refused.value.code) == ("text", code)


def test_nobody_writes_without_end(cleo, kettle, monkeypatch, time_machine):
    monkeypatch.setattr(comments, "MOST_AN_HOUR", 2)
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    for _n in range(2):
        comments.add(actor=cleo, product=kettle, text="When?")
    with pytest.raises(Conflict) as refused:
        comments.add(actor=cleo, product=kettle, text="When?")
    assert refused.value.code == "too_many_comments"
    time_machine.shift(timedelta(hours=1))
    assert comments.add(actor=cleo, product=kettle, text="When?").pk


def test_what_was_just_written_is_taken_back_by_its_author_and_later_by_admins(ada, sam, cleo, kettle, time_machine):
    time_machine.move_to("2026-11-02T10:00:00Z", tick=False)
    first, second = (comments.add(actor=cleo, product=kettle, text=text) for text in ("When?", "Where?"))
    with pytest.raises(NotAllowed) as refused:
        comments.remove(actor=sam, comment=first)
    assert refused.value.code == "not_yours"
    time_machine.shift(timedelta(minutes=15))
    comments.remove(actor=cleo, comment=first)
    assert not Notification.objects.filter(comment=first.pk).exists()
    time_machine.shift(timedelta(seconds=1))
    with pytest.raises(NotAllowed) as refused:
        comments.remove(actor=cleo, comment=second)
    assert refused.value.code == "too_late"
    comments.remove(actor=ada, comment=second)
    assert not Comment.objects.exists()


# --- The pages -------------------------------------------------------------------------------------------------------


def test_the_product_has_its_questions_for_all_who_see_it(page_of, ada, sam, cleo, kettle):
    page = reverse("products:catalogue-detail", args=[kettle.pk])
    response = page_of(cleo).post(show(kettle), {"text": "<b>When?</b>"})
    assert response.url == f"{page}#questions"
    for person in (ada, sam, cleo):
        html = page_of(person).get(page).content.decode()
        assert "&lt;b&gt;When?&lt;/b&gt;" in html
        assert (remove(Comment.objects.get()) in html) == (person != sam)
    assert "Nobody asked anything yet." in page_of(sam).get(show(ProductFactory())).content.decode()


def test_only_the_end_of_a_long_thread_is_on_the_product(page_of, sam, cleo, kettle, monkeypatch):
    for number in range(comments.SHORT + 2):
        comments.add(actor=cleo, product=kettle, text=f"Question {number}")
    html = page_of(sam).get(reverse("products:catalogue-detail", args=[kettle.pk])).content.decode()
    assert "Question 1<" not in html
    assert html.index("Question 2") < html.index("Question 6")
    assert show(kettle) + '">' in html
    monkeypatch.setattr("products.views.comments.PAGE_SIZE", 4)
    client = page_of(sam)
    first = client.get(show(kettle))
    assert [line.text[-1] for line, _may in first.context["thread"].lines] == ["3", "4", "5", "6"]
    second = client.get(show(kettle), {"cursor": first.context["page"].next})
    assert [line.text[-1] for line, _may in second.context["thread"].lines] == ["0", "1", "2"]
    assert client.get(show(kettle), {"cursor": "x"}).url == show(kettle)


@pytest.mark.parametrize("text", ["", " ", "x" * 2001, "a\0b", "\u200e"])
def test_a_mistake_is_said_and_nothing_is_written(text, page_of, cleo, kettle):
    response = page_of(cleo).post(show(kettle), {"text": text})
    assert response.status_code == 422
    assert "text" in response.context["form"].errors
    assert not Comment.objects.exists()


def test_one_too_many_is_a_conflict_above_the_form(page_of, cleo, kettle, monkeypatch):
    monkeypatch.setattr(comments, "MOST_AN_HOUR", 0)
    response = page_of(cleo).post(show(kettle), {"text": "When?"})
    assert response.status_code == 409
    assert "You wrote a lot within an hour." in response.content.decode()


def test_what_one_does_not_see_has_no_questions(page_of, cleo, mug):
    assert page_of(cleo).get(show(mug)).status_code == 404
    assert page_of(cleo).post(show(mug), {"text": "When?"}).status_code == 404


def test_a_line_is_removed_by_its_button_and_somebody_elses_is_not(page_of, sam, cleo, kettle):
    line = comments.add(actor=cleo, product=kettle, text="When?")
    page_of(sam).post(remove(line))
    assert Comment.objects.exists()
    other = ProductFactory()
    assert page_of(cleo).post(reverse("products:comments-remove", args=[other.pk, line.pk])).status_code == 404
    assert page_of(cleo).post(remove(line)).status_code == 302
    assert not Comment.objects.exists()
    assert page_of(cleo).post(remove(line)).status_code == 404


def test_the_thread_takes_the_same_queries_however_long_it_is(
    page_of, sam, cleo, kettle, django_assert_max_num_queries
):
    for number in range(8):
        comments.add(actor=cleo, product=kettle, text=f"Question {number}")
    client = page_of(sam)
    client.get(show(kettle))
    with django_assert_max_num_queries(7):
        client.get(show(kettle))
