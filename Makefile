# `make` alone lists the targets. They need only make and Python 3.11 or newer.

PORT ?= 8000
# The system's Python comes first: distributions build it with optimizations, which pyenv leaves out.
# The tests take a third longer without them.
PYTHON ?= $(firstword $(foreach name,/usr/bin/python3 python3 python3.14 python3.13 python3.12 python3.11,\
            $(shell $(name) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore
export DENO_NO_UPDATE_CHECK = 1
export PORT

bin := .venv/bin
installed := .venv/installed
lock := $(bin)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
        $(if $(ONLY),--upgrade-package $(ONLY),--upgrade)

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' Makefile

$(installed): requirements-dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with its venv module is needed, and none was found. On Debian: apt install python3-venv." >&2; exit 1; }
	@echo "Installing the requirements into .venv (half a minute) …"
	@$(PYTHON) -m venv --clear .venv
	@$(bin)/python -m pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

words := $(patsubst %.po,%.mo,$(wildcard locale/*/LC_MESSAGES/*.po))
$(words): %.mo: %.po | $(installed)
	@$(bin)/python -m dpa_site.devtools.messages compile

.PHONY: run
run: $(installed) $(words) ## start the site with starter content on http://127.0.0.1:$PORT (8000)
	@mkdir -p var
	@$(bin)/python manage.py release --starter --password-file var/administrator.txt
	@exec $(bin)/python manage.py runserver "127.0.0.1:$(PORT)"

.PHONY: stop
stop: ## stop the embedded PostgreSQL
	@test ! -d var || $(bin)/python -m dpa_site.devtools.embedded_postgres stop var/postgres var/postgres-test

in_parallel := -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

.PHONY: test
test: $(installed) ## run all tests; ONE=tests/stories runs some, SEED=7 another order
	@$(bin)/python -m tests.browser.chromium
	@$(bin)/python -m pytest $(if $(ONE),$(ONE),$(in_parallel)) $(if $(SEED),--randomly-seed=$(SEED))

.PHONY: test-browsers
test-browsers: $(installed) ## open the main pages in Firefox and WebKit, if installed
	@$(bin)/python -m pytest -q -rs tests/browser/other_browsers.py

PYTHON_3_11 ?= python3.11
PYTHON_3_13 ?= python3.13

.PHONY: test-pythons
test-pythons: ## run the tests without a browser on Python 3.11 and 3.13, if installed
	@for python in "$(PYTHON_3_11)" "$(PYTHON_3_13)"; do \
	    version=$$("$$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || \
	        { echo "$$python is not installed or does not start: skipped."; continue; }; \
	    venv=var/venv-$$version; \
	    [ $$venv/installed -nt requirements-dev.txt ] || { \
	        "$$python" -m venv --clear $$venv && \
	        $$venv/bin/python -m pip install --quiet --require-hashes -r requirements-dev.txt && \
	        touch $$venv/installed; } || exit 1; \
	    echo "Python $$version:"; \
	    $$venv/bin/python -m pytest -q -m "not browser" $(in_parallel) || exit 1; \
	done

# The newest Django needs a new Python, and the Python of the site may be too old for it.
NEXT_PYTHON ?= $(firstword $(foreach name,python3.14 python3.13 python3.12 python3.11,\
                 $(shell $(name) -c 'import sys; print(sys.executable)' 2>/dev/null)))

.PHONY: check-next
check-next: $(installed) $(words) ## run the tests without a browser on the newest Wagtail and Django
	@$(bin)/python -m dpa_site.devtools.newest_versions "$(NEXT_PYTHON)"

.PHONY: docs-screenshots
docs-screenshots: $(installed) ## retake the screenshots of the staff guide in docs/editors/
	@GUIDE=1 $(bin)/python -m pytest -q \
	    tests/browser/test_editor_tasks.py tests/browser/test_people_tasks.py \
	    tests/browser/test_checks.py \
	    tests/browser/test_consent.py tests/browser/test_log_in.py tests/browser/test_publishing_tasks.py \
	    tests/browser/test_sources.py tests/browser/test_spanish.py

.PHONY: lint
lint: $(installed) ## check formatting, linting, types and app boundaries
	$(bin)/ruff format --check .
	$(bin)/ruff check .
	$(bin)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	$(bin)/deno fmt --check
	$(bin)/deno lint --quiet
	$(bin)/mypy
	$(bin)/lint-imports

.PHONY: format
format: $(installed) ## format Python, CSS, JavaScript and templates
	$(bin)/ruff format .
	$(bin)/ruff check --fix .
	$(bin)/deno fmt --quiet
	-$(bin)/djade --target-version 5.2 $$(git ls-files 'templates/*.html')

.PHONY: bench
bench: $(installed) $(words) ## measure all speed targets; QUICK=1 takes two minutes
	@QUICK=$(QUICK) $(bin)/python -m bench

.PHONY: licenses
licenses: $(installed) ## list the licenses of the packages that the image contains
	@$(bin)/pip-licenses --from=mixed --with-urls --order=license \
	    --packages $$(sed -n 's/^\([A-Za-z0-9._-]*\)==.*/\1/p' requirements.txt)

.PHONY: sbom
sbom: $(installed) ## list the packages of the image in var/sbom.json (CycloneDX)
	@mkdir -p var
	@$(bin)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
	    -o var/sbom.json requirements.txt

.PHONY: check-alerts
check-alerts: ## test the alert rules of deploy/prometheus/ with promtool
	@command -v promtool >/dev/null || { echo "promtool is needed. On Debian: apt install prometheus." >&2; exit 1; }
	@promtool check rules deploy/prometheus/alerts.yaml
	@promtool test rules deploy/prometheus/alerts.test.yaml

.PHONY: messages
messages: $(installed) ## update the message catalogs in locale/ from templates and code
	@$(bin)/python -m dpa_site.devtools.messages collect

.PHONY: lock
lock: $(installed) ## recompile requirements.txt and requirements-dev.txt; ONLY=wagtail one package
	$(lock) -o requirements.txt requirements.in
	$(lock) -o requirements-dev.txt requirements-dev.in

.PHONY: pin-images
pin-images: ## pin the images of Python, PostgreSQL, nginx and Caddy by their present digests
	@deploy/pin-images.sh

var/backup.key: | $(installed)
	@mkdir -p var
	@$(bin)/python manage.py backup_key $@

# Without a configured key, one is generated in var/.
ifeq ($(BACKUP_PUBLIC_KEY)$(BACKUP_PUBLIC_KEY_FILE),)
backup: export BACKUP_PUBLIC_KEY_FILE = var/backup.key.pub
backup: var/backup.key
endif
FILE ?= latest
KEY ?= var/backup.key

.PHONY: backup
backup: $(installed) ## save an encrypted backup of database and uploads in var/backups/
	@$(bin)/python manage.py backup

.PHONY: backup-verify
backup-verify: $(installed) ## restore the latest backup into a second database and compare every page
	@$(bin)/python manage.py verify_backup "$(FILE)" --key "$(KEY)"

.PHONY: restore
restore: $(installed) ## restore a backup: make restore FILE=latest KEY=var/backup.key
	@$(bin)/python manage.py restore "$(FILE)" --key "$(KEY)" $(if $(REPLACE_EVERYTHING),--replace-everything)
