"""What is deployed from: the Compose files, the image, the workflow, and the scripts in them."""

import json
import re
import shutil
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult, get_date_max

from deploy import healthcheck
from tests.processes import ROOT, environment, run

COMPOSE = {
    "base": ["docker-compose.yml"],
    "dev": ["docker-compose.yml", "docker-compose.dev.yml"],
    "tls": ["docker-compose.yml", "docker-compose.tls.yml"],
}
SCRIPTS = ["deploy/entrypoint.sh", "deploy/make_secrets.sh", ".ci/run"]


def tool(name: str) -> str:
    path = Path(sys.executable).with_name(name)
    assert path.exists(), f"{name} is not installed: run make test, which installs requirements/dev.txt"
    return str(path)


def compose(which: str, *arguments: str) -> str:
    files = [part for name in COMPOSE[which] for part in ("-f", name)]
    done = run([tool("docker-compose"), "--env-file", ".env.example", *files, "config", *arguments])
    assert done.returncode == 0, done.stdout
    return done.stdout


def services(which: str) -> dict[str, dict]:
    return json.loads(compose(which, "--format", "json"))["services"]


# --- Compose ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("which", COMPOSE)
def test_compose_accepts_the_file(which):
    assert compose(which, "--quiet") == ""


@pytest.mark.parametrize("which", COMPOSE)
def test_every_lasting_service_has_a_health_check_that_can_fail(which):
    for name, service in services(which).items():
        if service["restart"] == "no":
            continue
        kind, *words = service["healthcheck"]["test"]
        assert kind in ("CMD", "CMD-SHELL"), name
        if kind == "CMD":
            # No shell reads these words, so an operator among them would be an argument and the check meaningless.
            assert not {"||", "&&", "|", ";"} & {part for word in words for part in word.split()}, name


@pytest.mark.parametrize("which", COMPOSE)
def test_only_nginx_publishes_a_port(which):
    assert [name for name, service in services(which).items() if service.get("ports")] == ["nginx"]


def test_nginx_is_published_on_this_machine_only_unless_told_otherwise():
    assert [port["host_ip"] for port in services("base")["nginx"]["ports"]] == ["127.0.0.1"]


def test_the_database_and_the_cache_cannot_be_reached_from_nginx():
    base = services("base")
    assert set(base["nginx"]["networks"]) == {"front"}
    assert set(base["db"]["networks"]) == set(base["redis"]["networks"]) == {"data"}


def test_images_are_pinned_to_a_patch_release():
    for name, service in services("base").items():
        if "build" not in service:
            assert re.fullmatch(r"[a-z]+:\d+\.\d+(\.\d+)?-\w+", service["image"]), name
    assert re.findall(r"^FROM python:\d+\.\d+\.\d+-", (ROOT / "Dockerfile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("which", COMPOSE)
def test_no_secret_is_in_the_environment_of_a_container(which):
    for name, service in services(which).items():
        for variable in service.get("environment") or {}:
            assert variable.endswith("_FILE") or not re.search("PASSWORD|SECRET|KEY", variable), (name, variable)


@pytest.mark.parametrize("which", COMPOSE)
def test_the_application_cannot_write_to_its_image_or_gain_rights(which):
    for name in ("migrate", "web", "worker"):
        service = services(which)[name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]


def test_nothing_starts_before_the_tables_are_up_to_date():
    base = services("base")
    assert base["migrate"]["depends_on"]["db"]["condition"] == "service_healthy"
    for name in ("web", "worker"):
        assert base[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert base["nginx"]["depends_on"]["web"]["condition"] == "service_healthy"


def test_env_example_lists_exactly_the_variables_of_compose():
    rows = compose("tls", "--variables").splitlines()[1:]
    listed = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(row.split()[0] for row in rows)


@pytest.mark.parametrize("which", ["base", "tls"])
def test_compose_sets_only_names_that_the_settings_page_explains(which):
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/settings.md").read_text(), re.MULTILINE))
    names = services(which)["web"]["environment"]
    assert {name if name in explained else name.removesuffix("_FILE") for name in names} <= explained


# --- Image, workflow, scripts ----------------------------------------------------------------------------------------
def test_hadolint_accepts_the_dockerfile():
    done = run([tool("hadolint"), "Dockerfile"])
    assert done.returncode == 0, done.stdout


def test_the_image_gets_the_code_and_none_of_our_secrets():
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert lines[1] == "*"
    assert {"!accounts", "!products", "!site_config", "!templates", "!static", "!manage.py"} <= set(lines)
    assert lines.index("deploy/secrets") > lines.index("!deploy")


def test_the_workflow_is_valid_and_runs_the_ci_script():
    workflow = ROOT / ".github/workflows/ci.yml"
    done = run([tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", str(workflow)])
    assert done.returncode == 0, done.stdout
    assert "bash .ci/run" in workflow.read_text()


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_can_be_parsed_and_executed(script):
    shell = "bash" if script == ".ci/run" else "sh"
    done = run([shell, "-n", script])
    assert done.returncode == 0, done.stdout
    assert (ROOT / script).stat().st_mode & 0o111, f"{script} is not executable"


def test_make_secrets_makes_each_secret_once(tmp_path):
    script = shutil.copy(ROOT / "deploy/make_secrets.sh", tmp_path)
    needed = set(json.loads(compose("base", "--format", "json"))["secrets"])

    first = run(["sh", script])
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    second = run(["sh", script])

    assert (first.returncode, second.returncode) == (0, 0), first.stdout + second.stdout
    assert set(made) == needed
    assert all(len(value) == 64 for name, value in made.items() if name != "email_password")
    assert len(set(made.values())) == len(made)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == made
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700


# --- The container's entrypoint --------------------------------------------------------------------------------------
def entrypoint(folder: Path, *arguments: str, **names: str):
    """Run the entrypoint with a `python` that, instead of starting anything, says what it was started with."""
    stub = folder / "python"
    stub.write_text(
        f'#!/bin/sh\ncase "$1" in -c) exec "{sys.executable}" "$@" ;; esac\n'
        'echo "python $*"\necho "DATABASE_URL=${DATABASE_URL:-}"\necho "REDIS_URL=${REDIS_URL:-}"\n'
    )
    stub.chmod(0o755)
    names["PATH"] = f"{folder}:{environment()['PATH']}"
    return run(["sh", "deploy/entrypoint.sh", *arguments], env=environment(**names))


def test_the_entrypoint_makes_urls_from_password_files(tmp_path):
    (tmp_path / "db").write_text("p@ss/w:rd%\n")
    (tmp_path / "redis").write_text("r#d?s\n")

    done = entrypoint(tmp_path, DB_PASSWORD_FILE=f"{tmp_path}/db", REDIS_PASSWORD_FILE=f"{tmp_path}/redis")

    assert "DATABASE_URL=postgres://stockroom:p%40ss%2Fw%3Ard%25@db:5432/stockroom\n" in done.stdout
    assert "REDIS_URL=redis://:r%23d%3Fs@redis:6379/0\n" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "started"),
    [
        ([], "python -m gunicorn -c deploy/gunicorn.conf.py site_config.wsgi\n"),
        (["web", "--reload"], "python -m gunicorn -c deploy/gunicorn.conf.py --reload site_config.wsgi\n"),
        (["worker"], "python manage.py db_worker --interval 1 --no-reload\n"),
        (["manage", "migrate", "--noinput"], "python manage.py migrate --noinput\n"),
    ],
)
def test_the_entrypoint_waits_for_the_database_and_then_starts(tmp_path, arguments, started):
    output = entrypoint(tmp_path, *arguments).stdout
    assert output.index("python -m deploy.wait_for_database\n") < output.index(started)


def test_the_entrypoint_refuses_an_unknown_command(tmp_path):
    done = entrypoint(tmp_path, "wobble")
    assert done.returncode == 64
    assert done.stdout == (
        'Unknown command "wobble": use web, worker, healthcheck, or manage and a management command.\n'
    )


@pytest.mark.timeout(120)
def test_waiting_for_a_database_that_never_comes_ends_with_a_sentence():
    names = {"DEBUG": "1", "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "DB_WAIT_SECONDS": "0"}
    names["DJANGO_SETTINGS_MODULE"] = "site_config.settings"
    done = run([sys.executable, "-m", "deploy.wait_for_database"], env=environment(**names))
    assert done.returncode == 1
    assert done.stdout.startswith("The database did not answer within 0 seconds: ")


@pytest.mark.parametrize(
    ("jobs", "healthy"),
    [
        ([], True),
        ([("READY", 4)], True),
        ([("READY", 6)], False),
        ([("READY", 6), ("RUNNING", 6)], True),
        ([("SUCCESSFUL", 6)], True),
    ],
)
def test_the_worker_is_unhealthy_when_a_job_waits_and_none_runs(db, jobs, healthy):
    for status, minutes in jobs:
        job = DBTaskResult.objects.create(
            status=status, args_kwargs={}, run_after=get_date_max(), exception_class_path=""
        )
        DBTaskResult.objects.filter(pk=job.pk).update(enqueued_at=timezone.now() - timedelta(minutes=minutes))
    assert healthcheck.worker() == healthy
