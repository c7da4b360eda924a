# Two commands do everything on a fresh Debian machine with Python, Node.js and make: `make up`, `make test`.
PYTHON ?= python3
BIN := .venv/bin
# Also where images say that nothing compiled is kept: every process would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
PIP := $(BIN)/pip --disable-pip-version-check --quiet

# What touches state is tested on both databases, all but this: and what goes through every endpoint for what no
# database decides (roles, signatures, forms), or in a browser. Their calls are tested on both by others.
STATELESS := tests/cli tests/contract tests/faces tests/sdk tests/providers tests/gateway/test_fuzz.py \
	$(addprefix tests/services/,ai currency email/test_mustache.py geocoding weather test_cut_short.py) \
	$(addprefix tests/journeys/,test_account_page.py test_browser.py test_browser_passkeys.py) \
	$(addprefix tests/journeys/,test_dear_bodies.py test_m3o_client.py test_m3o_conformance.py) \
	$(addprefix tests/platform/,test_escalation.py test_horizontal_access.py payment/test_forgery.py)

.PHONY: up ai test check lint types floors unit bench lock format debian clean

up: .venv/runtime $(if $(BRICKYARD_DATABASE_URL),.venv/postgres) $(if $(BRICKYARD_STRIPE_SECRET_KEY),.venv/stripe) src/brickyard/sdk/services.pyi reference-ui/node_modules/.made ## start the cloud at http://127.0.0.1:8080
	@$(BIN)/brick up

ai: .venv/ai ## install a small model, so that ai/Embed needs nobody

test: check unit ## install what tests need, run everything

check: lint types floors

lint: .venv/dev
	$(BIN)/ruff format --check src tests bench hatch_build.py
	$(BIN)/ruff check src tests bench hatch_build.py

types: .venv/bench src/brickyard/sdk/services.pyi
	$(BIN)/basedpyright

floors: .venv/dev
	$(BIN)/lint-imports

unit: .venv/dev .venv/ai src/brickyard/sdk/services.pyi reference-ui/node_modules/.made tests/npm/node_modules/.made
	@./tools/debian chromium chromium
	$(BIN)/pytest -n $${PYTEST_WORKERS:-4}
	@./tools/debian postgresql pg_createcluster
	$(BIN)/pytest -n $${PYTEST_WORKERS:-4} -p no:schemathesis --database=postgres $(STATELESS:%=--ignore=%)
	$(BIN)/pytest -n $${PYTEST_WORKERS:-4} -p no:schemathesis --database=bare-postgres tests/engines

bench: .venv/bench reference-ui/node_modules/.made ## compare with a bare server, PocketBase and FastAPI
	@./tools/debian wrk wrk
	$(BIN)/python -m bench
	$(BIN)/python -m bench.providers

format: .venv/dev
	$(BIN)/ruff format src tests bench hatch_build.py
	$(BIN)/ruff check --fix src tests bench hatch_build.py

# What is installed is what the lock files name, by version and hash.
.venv/made:
	@./tools/debian python3-venv --python-venv
	$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/made requirements/build.lock requirements/runtime.lock pyproject.toml
	$(PIP) install --no-deps --require-hashes -r requirements/build.lock
	$(PIP) install --no-deps --require-hashes -r requirements/runtime.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/postgres: .venv/runtime requirements/postgres.lock
	$(PIP) install --no-deps --require-hashes -r requirements/postgres.lock
	@touch $@

.venv/ai: .venv/runtime requirements/ai.lock
	$(PIP) install --no-deps --require-hashes -r requirements/ai.lock
	@touch $@

.venv/stripe: .venv/runtime requirements/stripe.lock
	$(PIP) install --no-deps --require-hashes -r requirements/stripe.lock
	@touch $@

# The folders too: they change when a service is taken out.
src/brickyard/sdk/services.pyi: .venv/runtime src/brickyard/sdk/stubs.py src/brickyard/services src/brickyard/platform \
	$(wildcard src/brickyard/services/*.py src/brickyard/*/*/contract.py)
	$(BIN)/python -m brickyard.sdk.stubs

.venv/dev: .venv/runtime requirements/dev.lock
	$(PIP) install --no-deps --require-hashes -r requirements/dev.lock
	@touch $@

.venv/bench: .venv/dev requirements/bench.lock
	$(PIP) install --no-deps --require-hashes -r requirements/bench.lock
	@touch $@

%/node_modules/.made: %/package-lock.json
	cd $* && npm ci --silent --no-audit --no-fund
	@touch $@

lock: ## choose the newest versions that pyproject.toml allows
	$(PYTHON) -m pip install --quiet uv
	./tools/lock

clean:
	rm -rf .venv reference-ui/node_modules tests/npm/node_modules src/brickyard/faces/static
