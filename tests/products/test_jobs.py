"""Long acts: whole steps, progress, and a worker that dies costs one step."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from products.models import ChangeSet, Job, Notification
from products.services import changes, jobs, undo_large
from site_config.lib.errors import Conflict
from tests.parallel import at_once

pytestmark = pytest.mark.django_db


def counting(most=3):
    """A step that does one thing."""

    def step(job):
        job.done += 1
        job.state["at"] = job.done
        return job.done < most

    return step


@pytest.fixture
def job(sam):
    return Job.objects.create(kind="changes.undone", actor=sam, task="products.services.undo_large.go_on", total=3)


def test_a_job_runs_step_by_step_to_its_end(job):
    jobs.run(job.pk, counting())
    job.refresh_from_db()
    assert (job.status, job.done, job.state, job.percent) == ("done", 3, {"at": 3}, 100)
    assert job.finished_at == job.beat_at


def test_it_is_waiting_then_running_then_over(job):
    assert (job.status, job.is_over, job.percent) == ("waiting", False, 0)
    jobs.advance(job.pk, counting())
    job.refresh_from_db()
    assert (job.status, job.is_over, job.percent, job.finished_at) == ("running", False, 33, None)


def test_a_job_with_nothing_to_do_is_whole():
    assert Job(total=0).percent == 100


def test_a_step_that_fails_writes_nothing_and_ends_the_job(job, sam):
    def step(job):
        sam.name = "Changed"
        sam.save()
        job.done += 1
        if job.done == 2:
            raise Conflict("Somebody was faster.", code="rival")
        return True

    jobs.run(job.pk, step)
    job.refresh_from_db()
    assert (job.status, job.done, job.error) == ("failed", 1, "Somebody was faster.")
    assert Notification.objects.get(person=sam).job == job


def test_a_mistake_of_ours_ends_it_without_its_words_and_is_raised(job):
    def step(job):
        raise ZeroDivisionError("secret")

    with pytest.raises(ZeroDivisionError):
        jobs.run(job.pk, step)
    job.refresh_from_db()
    assert (job.status, job.error) == ("failed", "internal")


def test_one_that_ends_without_a_change_leaves_no_change_set(job, sam):
    """So that an undo that failed at once is not used up."""
    job.change_set = changes.begun(actor=sam, kind="changes.undone")
    job.save()
    jobs.end(job.pk, error="No.")
    job.refresh_from_db()
    assert (job.change_set, ChangeSet.objects.count(), Notification.objects.get().job) == (None, 0, job)


def test_one_that_is_over_or_gone_is_left_alone(job):
    jobs.run(job.pk, counting(1))
    jobs.run(job.pk, counting())
    jobs.run(job.pk + 1, counting())
    jobs.end(job.pk, error="late")
    job.refresh_from_db()
    assert (job.status, job.done) == ("done", 1)


def test_a_worker_that_died_costs_nothing_that_was_done(job):
    jobs.advance(job.pk, counting())
    job.refresh_from_db()
    Job.objects.update(beat_at=timezone.now() - jobs.LOST - timedelta(seconds=1))
    before = DBTaskResult.objects.count()
    assert jobs.sweep() == 1
    assert DBTaskResult.objects.count() == before + 1
    jobs.run(job.pk, counting())
    job.refresh_from_db()
    assert job.done == 3


def test_a_job_at_work_or_over_is_not_swept(job, sam):
    Job.objects.create(kind="x", actor=sam, task="x", status="done", beat_at=timezone.now() - timedelta(days=1))
    assert jobs.sweep() == 0


def test_old_ones_that_are_over_are_deleted(job, sam):
    long_ago = timezone.now() - jobs.KEPT - timedelta(days=1)
    Job.objects.create(kind="x", actor=sam, task="x", status="done", finished_at=long_ago)
    assert jobs.prune() == 1
    assert Job.objects.get() == job


def test_the_first_hundred_reasons_are_kept_and_all_are_counted(job):
    for n in range(jobs.MOST_NOTES + 5):
        jobs.note(job, f"Mug {n}", "price", "It was changed since.")
    assert (job.skipped, len(job.notes), job.notes[0][0]) == (105, 100, "Mug 0")


def test_the_task_takes_the_next_steps(job, monkeypatch):
    monkeypatch.setattr(undo_large, "step", counting())
    undo_large.go_on.func(job.pk)
    job.refresh_from_db()
    assert job.status == "done"


def test_who_sees_a_job(ada, sam, cleo, job):
    assert [Job.objects.visible_to(person).count() for person in (ada, sam, cleo)] == [1, 1, 0]
    assert Job.objects.visible_to(SimpleNamespace(is_authenticated=False)).count() == 0
    job.actor = ada
    job.save()
    assert Job.objects.visible_to(sam).count() == 0


def test_it_is_called_by_what_it_does():
    assert (str(Job(kind="changes.undone", pk=3)), Job(kind="changes.undone").title) == ("changes.undone 3", "Undo")
    assert Job(kind="new.kind").title == "new.kind"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_job_take_turns(sam):
    job = Job.objects.create(kind="x", actor=sam, task="x", total=40)
    at_once(lambda _worker: jobs.run(job.pk, counting(40)), times=2, workers=2)
    job.refresh_from_db()
    assert (job.done, job.status) == (40, "done")


class TestPages:
    def test_the_list_shows_ones_own_and_by_state(self, ada, sam, page_of, job):
        Job.objects.create(kind="product.pasted", actor=ada, task="x", status="failed")
        assert "Pasted values" not in page_of(sam).get("/jobs/").text
        page = page_of(ada).get("/jobs/?status=failed").text
        assert "Pasted values" in page
        assert f'href="/jobs/{job.pk}/"' not in page

    def test_an_odd_state_or_place_is_no_error(self, ada, page_of):
        assert "No jobs" in page_of(ada).get("/jobs/?status=odd").text
        assert page_of(ada).get("/jobs/?cursor=odd")["Location"] == "/jobs/"

    def test_somebody_elses_is_not_there(self, ada, sam, page_of):
        hers = Job.objects.create(kind="x", actor=ada, task="x")
        assert page_of(sam).get(f"/jobs/{hers.pk}/").status_code == 404

    @pytest.mark.parametrize(("error", "said"), [("internal", "Something went wrong on our side"), ("No.", "No.")])
    def test_a_failed_one_says_why(self, sam, page_of, job, error, said):
        Job.objects.update(status="failed", error=error)
        page = page_of(sam).get(f"/jobs/{job.pk}/").text
        assert "It ended before it was done" in page
        assert said in page

    def test_where_all_was_left_it_says_so(self, sam, page_of, job):
        Job.objects.update(status="done", done=3, skipped=3)
        assert "Nothing was changed" in page_of(sam).get(f"/jobs/{job.pk}/").text


class TestApi:
    def test_a_script_lists_its_jobs(self, sam, cleo, api_of, job):
        body = api_of(sam).get("/api/jobs/").json()
        assert [each["id"] for each in body["results"]] == [job.pk]
        assert api_of(cleo).get("/api/jobs/").status_code == 403

    def test_notes_are_objects(self, sam, api_of, job):
        Job.objects.update(notes=[["Mug", "price", "Why."], ["Mug", "category_id", "Why."]])
        body = api_of(sam).get(f"/api/jobs/{job.pk}/").json()
        assert body["notes"] == [{"label": "Mug", "field": name, "why": "Why."} for name in ("price", "category")]
