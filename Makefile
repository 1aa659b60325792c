# headgate: `make run` serves from memory with the sample policy, `make test` runs every suite.
# Both install what is missing first, and need no root when nothing is.
# `make check` is for style, imports and generated code, `make tsan` for data races.

POLICY ?= deploy/policy/example.yaml
PYTHON := clients/python

.PHONY: run test test-swift test-python check tsan release format generate packages all-packages python clean

run: packages
	swift run headgate serve --policy $(POLICY)

release: packages
	swift build -c release --product headgate

test: all-packages python
	scripts/test

test-swift: all-packages
	swift build --build-tests
	swift test --skip-build --no-parallel

test-python: all-packages python
	swift build --product headgate
	cd $(PYTHON) && .venv/bin/python -m pytest -q
	cd Tests/GRPC && ../../$(PYTHON)/.venv/bin/python -m pytest -q

# The unit tests under the thread sanitizer; what drives real servers runs without it.
tsan: packages
	scripts/test-tsan

# What a reviewer should not have to say: style, imports, generated code.
check: all-packages
	scripts/check

format:
	swift format --in-place --recursive Sources Tests Package.swift

generate: all-packages
	Protos/generate

packages:
	@scripts/packages

all-packages:
	@scripts/packages all

python: all-packages
	@scripts/python

clean:
	rm -rf .build .build-* $(PYTHON)/.venv
