# make serve   build what is missing and serve the default model on 127.0.0.1:8000
# make test    everything: unit tests, laws, parity with the references, real clients against the running server, the
#              kernels for Arm under an emulator

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
BUILD_FLAGS := -c release
MARTLET := .build/release/martlet
HOST ?= 127.0.0.1
PORT ?= 8000
ALIASES := martlet-mini gpt-3.5-turbo llama-8b NousResearch/Meta-Llama-3-8B-Instruct

.PHONY: serve build test test-core conformance check-arm check-long format lint clean toolchain

serve: build
	@echo
	@echo "Once it says it is ready, try:"
	@echo "  curl http://$(HOST):$(PORT)/v1/chat/completions -H 'Content-Type: application/json' \\"
	@echo "    -d '{\"model\": \"martlet-mini\", \"messages\": [{\"role\": \"user\", \"content\": \"What is the capital of France?\"}]}'"
	@echo
	$(MARTLET) serve --host $(HOST) --port $(PORT) --served-model-name $(ALIASES)

build: toolchain
	swift build $(BUILD_FLAGS) --product martlet

test: test-core conformance check-arm

# no network is needed
test-core: toolchain
	swift build $(BUILD_FLAGS) --build-tests
	swift test $(BUILD_FLAGS) --skip-build

# real clients against the running server; installs Python environments
conformance: build
	swift build $(BUILD_FLAGS) --product QuickstartExample
	bash Scripts/conformance.sh $(MARTLET)

# the kernels for Arm under an emulator; installs it and a linker
check-arm: build
	bash Scripts/check_arm.sh

check-long: build
	bash Scripts/check_long.sh $(MARTLET)

format:
	swift format --in-place --recursive Package.swift Sources Tests Benchmarks Examples

lint:
	swift format lint --strict --recursive Package.swift Sources Tests Benchmarks Examples

toolchain:
	@command -v swift > /dev/null || { echo "Swift 6.2 or newer is needed: https://www.swift.org/install"; exit 1; }

clean:
	rm -rf .build
