from cloud import LocalCloud, ProcessCloud


def test_a_call_is_answered_by_a_cloud_just_started(shared_cloud: ProcessCloud):
    assert shared_cloud.call("helloworld/Call", {"name": "John"}) == {"message": "Hello John"}


async def test_a_key_made_by_a_key_works_until_it_is_revoked(local_cloud: LocalCloud):
    made = await local_cloud.call("key/Create", {"scopes": ["helloworld"]})
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert (await local_cloud.post("helloworld/Call", headers=headers)).status_code == 200
    await local_cloud.call("key/Revoke", {"id": made["info"]["id"]})
    assert (await local_cloud.post("helloworld/Call", headers=headers)).status_code == 401
