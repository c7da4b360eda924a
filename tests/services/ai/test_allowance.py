"""What a call may cost, by the model that is asked."""

from pathlib import Path

import pytest

from brickyard import services
from brickyard.contract.catalog import discover
from brickyard.platform.billing.prices import PriceList
from brickyard.providers import Failure
from brickyard.services.ai.allowance import Allowance
from brickyard.services.ai.contract import Usage


@pytest.fixture
def allowance(tmp_path: Path) -> Allowance:
    return Allowance(PriceList.of(discover(services), tmp_path / "none.toml").tariff(), "ai.chat")


@pytest.mark.parametrize(
    ("model", "per_input", "per_output"),
    [
        ("gpt-4o", 2_500, 10_000),
        ("gpt-4o-2024-11-20", 2_500, 10_000),
        ("gpt-4o-2024-05-13", 5_000, 15_000),
        ("claude-haiku-4-5-20251001", 1_000, 5_000),
    ],
)
def test_a_release_has_its_models_price_unless_its_maker_takes_another(
    model: str, per_input: int, per_output: int, allowance: Allowance
):
    assert allowance.cost(model, Usage(input_tokens=1, output_tokens=0), own=False) == per_input
    assert allowance.cost(model, Usage(input_tokens=0, output_tokens=1), own=False) == per_output


@pytest.mark.parametrize(
    "model",
    [
        *("gpt-4", "gpt-4-0613", "gpt-4o-audio-preview-2024-12-17", "ft:gpt-4o-mini-2024-07-18:us::1", ""),
        *(
            "gpt-4o-2024-05-13\n",
            "gpt-4o-2024-05-13-2024-05-13-2024-05-13",
            "GPT-4o",
            "*",
            "gpt-4o-0000-0000",
        ),
    ],
)
def test_what_is_not_sold_is_not_priced_as_something_else(model: str, allowance: Allowance):
    with pytest.raises(Failure, match="no price"):
        allowance.output_tokens(model, 0, own=False)
