import pytest

from tests.tiny_tasks import TinyTask, images, texts


@pytest.fixture(scope="session")
def image_task(tmp_path_factory) -> TinyTask:
    return images(tmp_path_factory.mktemp("image-task"))


@pytest.fixture(scope="session")
def text_task(tmp_path_factory) -> TinyTask:
    return texts(tmp_path_factory.mktemp("text-task"))
