import resource

from cloud import ProcessCloud


def test_a_cloud_may_hold_as_many_connections_as_the_system_allows(process_cloud: ProcessCloud):
    soft, hard = resource.prlimit(process_cloud.process.pid, resource.RLIMIT_NOFILE)
    assert soft == hard
