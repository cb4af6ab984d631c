"""Settings from variables, from files, and wrong ones."""

import os
from pathlib import Path
from typing import Self

import pytest
from pydantic import Field, SecretStr, model_validator

from chassis.settings import ServiceSettings, Url, load, placeholder, variables

GOOD = {
    "POLL_API_DATABASE_URL": "postgresql://poll_api:canary@localhost/poll_api",
    "KAFKA_BOOTSTRAP_SERVERS": "localhost:9092",
    "COMMONTIME_SERVICE_TOKEN": "canary-canary-canary",
    "COMMONTIME_PUBLIC_URL": "https://time.example/",
    "AVAILABILITY_URL": "http://availability:8000",
}


class Settings(ServiceSettings):
    database_url: SecretStr = Field(validation_alias="POLL_API_DATABASE_URL")
    availability_url: Url
    pauses: tuple[int, ...] = (1,)

    @model_validator(mode="after")
    def _pauses_end(self) -> Self:
        if sum(self.pauses) > 100:
            raise ValueError("PAUSES are longer than anybody waits")
        return self


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name not in ("PATH", "HOME", "PYTEST_CURRENT_TEST"):
            monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_variables_are_named_by_alias_or_field() -> None:
    settings = load(Settings)
    assert settings.database_url.get_secret_value() == GOOD["POLL_API_DATABASE_URL"]
    assert settings.availability_url == "http://availability:8000"
    assert settings.public_url == "https://time.example"
    assert settings.instance_id
    assert settings.max_body_bytes == 1 << 20


def test_a_file_may_hold_the_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text("from-a-file-of-mine\n")
    monkeypatch.delenv("COMMONTIME_SERVICE_TOKEN")
    monkeypatch.setenv("COMMONTIME_SERVICE_TOKEN_FILE", str(secret))
    assert load(Settings).service_token.get_secret_value() == "from-a-file-of-mine"


def test_a_list_is_written_as_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAUSES", "[1, 2]")
    assert load(Settings).pauses == (1, 2)
    monkeypatch.setenv("PAUSES", "1 2")
    with pytest.raises(SystemExit, match="PAUSES: input should be a valid tuple"):
        load(Settings)


def test_settings_that_are_wrong_together_end_the_process_with_a_sentence_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PAUSES", "[60, 60]")
    with pytest.raises(SystemExit) as ended:
        load(Settings)
    assert str(ended.value) == "Wrong settings: PAUSES are longer than anybody waits."


def test_the_variable_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONTIME_PUBLIC_URL_FILE", "/nowhere")
    assert load(Settings).public_url == "https://time.example"


def test_a_field_with_an_alias_does_not_answer_to_its_own_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody-elses")
    assert load(Settings).database_url.get_secret_value() == GOOD["POLL_API_DATABASE_URL"]


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("POLL_API_DATABASE_URL", None, "POLL_API_DATABASE_URL: field required"),
        ("AVAILABILITY_URL", "", "AVAILABILITY_URL: field required"),
        ("COMMONTIME_PUBLIC_URL", "time.example", "COMMONTIME_PUBLIC_URL: "),
        ("COMMONTIME_SERVICE_TOKEN", "canary", "COMMONTIME_SERVICE_TOKEN: "),
        ("COMMONTIME_LOG_LEVEL", "LOUD", "COMMONTIME_LOG_LEVEL: input should be 'DEBUG'"),
        ("COMMONTIME_MAX_BODY_BYTES", "1 MiB", "COMMONTIME_MAX_BODY_BYTES: input should be a"),
        ("COMMONTIME_MAX_BODY_BYTES", "0", "COMMONTIME_MAX_BODY_BYTES: input should be greater"),
        ("COMMONTIME_INSTANCE_ID_FILE", "/nowhere", "/nowhere: No such file or directory"),
    ],
)
def test_a_wrong_value_ends_the_start_with_one_sentence_without_the_value(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str | None, said: str
) -> None:
    if value is None:
        monkeypatch.delenv(name)
    else:
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        load(Settings)
    sentence = str(stopped.value.code)
    assert sentence.startswith(f"Wrong settings: {said}")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "canary" not in sentence


def test_a_program_may_use_the_fields_names() -> None:
    settings = Settings(
        database_url=SecretStr("postgresql://here"), availability_url="http://elsewhere"
    )  # pyright: ignore[reportCallIssue]  # the others come from the environment
    assert settings.database_url.get_secret_value() == "postgresql://here"
    assert settings.availability_url == "http://elsewhere"


def test_secrets_do_not_show_themselves() -> None:
    assert "canary" not in repr(load(Settings))


def test_every_setting_is_documented() -> None:
    described = {variable.name: variable for variable in variables(ServiceSettings)}
    assert described["COMMONTIME_SERVICE_TOKEN"].default is None
    assert described["COMMONTIME_MAX_BODY_BYTES"].default == "1048576"
    assert all(variable.description for variable in described.values())


def test_placeholders_need_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.delenv(name)
    assert placeholder(Settings).public_url.startswith("http://")
