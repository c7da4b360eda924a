"""Signatures are those of Amazon's own test suite for its Signature Version 4."""

import pytest
from msgspec.structs import replace

from brickyard.providers import Secret
from brickyard.providers.sigv4 import AccessKey, Unsigned, signed

KEY = AccessKey("AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "us-east-1", "service")
AT_S = 1_440_938_160
"""2015-08-30, 12:36:00 UTC."""
VANILLA = Unsigned("GET", "https://example.amazonaws.com/", {}, b"")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SUITE = {
    "get-vanilla": (
        VANILLA,
        "host;x-amz-date",
        "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
    ),
    "get-vanilla-query-order-key-case": (
        replace(VANILLA, url="https://example.amazonaws.com/?Param2=value2&Param1=value1"),
        "host;x-amz-date",
        "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
    ),
    "get-header-value-trim": (
        replace(VANILLA, headers={"My-Header1": " value1", "My-Header2": ' "a   b   c"'}),
        "host;my-header1;my-header2;x-amz-date",
        "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
    ),
    "post-vanilla": (
        replace(VANILLA, method="POST"),
        "host;x-amz-date",
        "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
    ),
    "post-x-www-form-urlencoded": (
        replace(VANILLA, method="POST", headers=FORM, body=b"Param1=value1"),
        "content-type;host;x-amz-date",
        "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
    ),
}


@pytest.mark.parametrize(("request_", "names", "signature"), SUITE.values(), ids=list(SUITE))
def test_a_request_is_signed_as_in_the_suite(request_: Unsigned, names: str, signature: str):
    headers = signed(request_, KEY, AT_S)
    assert headers["Authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request,"
        f" SignedHeaders={names}, Signature={signature}"
    )
    assert headers["X-Amz-Date"] == "20150830T123600Z"
    assert headers["Host"] == "example.amazonaws.com"
