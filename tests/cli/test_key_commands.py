"""Keys on the command line."""

from brick import Brick


def test_a_key_made_in_a_pipe_is_printed_alone_and_works(brick: Brick):
    ran = brick("key", "create", "--scopes=helloworld", "--scopes", "cache/Get")
    key = ran.out.strip()
    assert ran.out == f"{key}\n"
    assert brick("helloworld", "call", BRICKYARD_KEY=key).reply == {"message": "Hello"}
    assert brick("db", "list-tables", BRICKYARD_KEY=key).problem["code"] == 403


def test_all_that_is_known_of_a_new_key_can_be_had_as_json(brick: Brick):
    made = brick("key", "create", "--scopes=db", "--json").reply
    assert made["info"]["scopes"] == ["db"]
    assert brick("call", "key/Create").reply["key"].startswith("bk_")


def test_a_key_revoked_by_its_id_no_longer_works(brick: Brick):
    made = brick("key", "create", "--description=short-lived", "--json").reply
    identity = made["info"]["id"]
    assert identity in [each["id"] for each in brick("key", "list").reply["keys"]]
    assert brick("key", "revoke", identity).reply == {}
    ran = brick("helloworld", "call", BRICKYARD_KEY=made["key"])
    assert ran.problem["code"] == 401
    assert made["key"] not in ran.err


def test_a_key_that_is_not_there_cannot_be_revoked(brick: Brick):
    ran = brick("key", "revoke", "key_none")
    assert (ran.code, ran.problem["code"]) == (1, 404)


def test_a_rotated_key_is_printed_alone_and_works(brick: Brick):
    made = brick("key", "create", "--scopes=helloworld", "--json").reply
    ran = brick("key", "rotate", made["info"]["id"], "--overlap-hours=0")
    key = ran.out.strip()
    assert ran.out == f"{key}\n"
    assert brick("helloworld", "call", BRICKYARD_KEY=key).reply == {"message": "Hello"}
    assert brick("helloworld", "call", BRICKYARD_KEY=made["key"]).problem["code"] == 401


def test_a_key_for_pages_is_made_on_the_command_line(brick: Brick):
    words = ("--kind=publishable", "--origins=https://shop.example", "--monthly-budget=5", "--json")
    info = brick("key", "create", *words).reply["info"]
    assert (info["kind"], info["origins"]) == ("publishable", ["https://shop.example"])
    assert info["monthly_budget"] == "5"


def test_the_list_of_keys_fits_a_terminal(brick: Brick):
    made = brick("key", "create", "--description=fits", "--json").reply
    ran = brick.on_terminal("key", "list")
    assert "{" not in ran.out
    assert made["info"]["id"] in ran.out
    assert "created_at" in brick("key", "list").reply["keys"][0]


def test_a_key_given_for_its_id_is_not_repeated(brick: Brick):
    made = brick("key", "create", "--json").reply
    ran = brick("key", "revoke", made["key"])
    assert (ran.code, ran.problem["code"]) == (1, 400)
    assert "give its id" in ran.problem["detail"]
    assert made["key"] not in ran.err
    assert brick("helloworld", "call", BRICKYARD_KEY=made["key"]).code == 0
