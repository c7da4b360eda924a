"""Help at each level, and the services shown."""

from pathlib import Path

from brick import Brick

from cloud import ProcessCloud

OPERATORS_OWN = '''"""Tell the weather of a place."""

from brickyard.contract import Context, Reply, Request, Service, endpoint, usd


class TellRequest(Request):
    """Which place."""

    place: str
    """Where, such as `Oslo`."""


class TellReply(Reply):
    """The weather."""

    told: str
    """In words."""


class Skywatch(Service):
    """Tell what the sky does."""

    category = "mine"

    @endpoint(price=usd("0.002"))
    async def tell(self, context: Context, request: TellRequest) -> TellReply:
        """Tell the weather of one place."""
        return TellReply(told=f"dry in {request.place}")
'''


def test_help_of_all_lists_commands_and_services(brick: Brick):
    ran = brick("--help")
    assert ran.code == 0
    for name in ("up", "call", "completion", "db", "helloworld", "key"):
        assert f"\n  {name} " in ran.out
    for variable in ("BRICKYARD_URL", "BRICKYARD_KEY", "BRICKYARD_HOME"):
        assert variable in ran.out


def test_help_of_a_service_lists_its_endpoints(brick: Brick):
    ran = brick("db", "--help")
    assert "Keep JSON records" in ran.out
    assert "list-tables" in ran.out


def test_help_of_an_endpoint_has_fields_price_and_an_example(brick: Brick):
    ran = brick("db", "create", "--help")
    assert "--record JSON" in ran.out
    assert "[required]" in ran.out
    assert "$0.0001 a call" in ran.out
    assert "$ brick db create --table=" in ran.out


def test_a_wrong_name_is_answered_with_the_nearest(brick: Brick):
    assert "Did you mean 'helloworld'?" in brick("hellworld").err
    assert "'create'" in brick("db", "creat").err
    assert brick("hellworld").code == brick("db", "creat").code == 2


def test_services_are_a_json_line_each(brick: Brick):
    services = {each["name"]: each for each in brick("services").lines}
    assert "ListTables" in services["db"]["endpoints"]
    assert services["helloworld"]["category"] == "web"


def test_a_service_is_described_with_its_schemas(brick: Brick):
    described = brick("describe", "db").reply
    create = next(each for each in described["endpoints"] if each["name"] == "Create")
    assert create["price"] == "0.0001"
    assert "record" in create["request"]["properties"]
    assert create["examples"]


def test_one_endpoint_can_be_described(brick: Brick):
    assert [each["name"] for each in brick("describe", "db/create").reply["endpoints"]] == ["Create"]


def test_what_is_not_there_cannot_be_described(brick: Brick):
    for wrong, nearest in (("cach", "cache"), ("db/Creat", "db/Create")):
        ran = brick("describe", wrong)
        assert ran.code == 2
        assert f"'{nearest}'" in ran.err


def test_a_service_of_the_operators_own_is_a_command(tmp_path: Path):
    folder = tmp_path / "services"
    folder.mkdir()
    (folder / "skywatch.py").write_text(OPERATORS_OWN)
    with ProcessCloud(tmp_path / "home", BRICKYARD_SERVICES=str(folder)) as cloud:
        brick = Brick(cloud.address, cloud.home)
        assert brick("skywatch", "tell", "Oslo").reply == {"told": "dry in Oslo"}
        assert "Where, such as `Oslo`." in brick("skywatch", "tell", "--help").out
        assert "skywatch" in brick("--help").out
        assert "skywatch" in brick.completed("brick sky")
