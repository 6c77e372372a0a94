import MartletJSON

// The server's, the logs' and the scheduler's flags of vLLM that have no option here.
extension FlagTable {
    static let frontend: [FlagRule] =
        FlagRule.rules(
            .ignored,
            "one process answers all requests",
            """
            --api-server-count -asc N
            --renderer-num-workers N
            --data-parallel-supervisor-port N
            --dp-supervisor-probe-interval-s N
            --dp-supervisor-probe-timeout-s N
            --dp-supervisor-probe-failure-threshold N
            """
        )
        + FlagRule.rules(
            .refused,
            "this server has no such interface",
            """
            --headless
            --grpc
            --grpc-port N
            --tokens-only
            --tool-server N
            """
        )
        + FlagRule.rules(
            .refused,
            "plug-ins are Python code, which this program does not run",
            """
            --middleware N
            --tool-parser-plugin N
            --reasoning-parser-plugin N
            --logits-processors N...
            --io-processor-plugin N
            --scheduler-cls N
            --worker-cls N
            --worker-extension-cls N
            """
        )
        + FlagRule.rules(
            .ignored,
            "the routes that render prompts are always there, and token-in routes are not",
            "--enable-scale-out"
        )
        + FlagRule.rules(
            .refused,
            "it is not implemented",
            """
            --lora-modules N...
            --enable-tokenizer-info-endpoint
            --enable-offline-docs
            --enable-ssl-refresh
            """
        )
        + FlagRule.rules(.only(["0"]), "streams have no keep-alive comments", "--sse-keep-alive-interval N")
        + FlagRule.rules(
            .only(["auto"]),
            "the arguments of demanded calls are always held to their schema, others where a tool says strict",
            "--tool-strict-level N"
        )
        + FlagRule.rules(
            .only(["auto"]),
            "a request says itself how much a model thinks",
            "--anthropic-disabled-thinking-effort N"
        )
        + FlagRule.rules(
            .ignored,
            "models of this kind are not served",
            """
            --cohere-is-reasoning-model
            --cohere-format N
            --trust-request-mm-kwargs
            --enable-flash-late-interaction
            """
        )

    static let logs: [FlagRule] =
        FlagRule.rules(
            .ignored,
            "prompts and answers are never logged; the access log has a line for each request",
            """
            --enable-log-requests
            --enable-log-outputs
            --enable-log-deltas
            --max-log-len N
            """
        )
        + FlagRule.rules(
            .ignored,
            "it concerns a Python program",
            """
            --log-error-stack
            --logging-config N
            --log-config-file N
            --aggregate-engine-logging
            --fail-on-environ-validation
            --use-tqdm-on-load
            --enable-logging-iteration-details
            --show-hidden-metrics-for-version N
            """
        )
        + FlagRule.rules(
            .refused,
            "traces and these series are not exported",
            """
            --otlp-traces-endpoint N
            --collect-detailed-traces N...
            --kv-cache-metrics
            --custom-histogram-buckets N
            --enable-mfu-metrics
            --enable-trace-replay
            --profiler-config N
            """
        )
        + FlagRule.rules(.ignored, "it belongs to --kv-cache-metrics", "--kv-cache-metrics-sample N")
        + FlagRule.rules(.only(["none"]), "drafts are not counted by request", "--per-request-spec-decode-metrics N")

    static let scheduling: [FlagRule] =
        FlagRule.rules(
            .ignored,
            "steps are kept short whatever the lengths of prompts",
            """
            --long-prefill-token-threshold N
            --long-prefill-token-threshold-adaptive
            --max-num-scheduled-tokens N
            --prefill-schedule-interval N
            --scheduler-reserve-full-isl
            --watermark N
            --async-scheduling
            --disable-hybrid-kv-cache-manager
            --disable-chunked-mm-input
            """
        )
        + FlagRule.rules(
            .ignored,
            "long prompts are always computed in chunks, which changes no answer",
            "--enable-chunked-prefill"
        )
        + FlagRule.rules(.refused, "use --max-num-seqs", "--max-num-active-seqs N")
        + FlagRule.rules(
            .refused,
            "it is not implemented",
            """
            --speculative-config -sc N
            --spec-method N
            --spec-model N
            --spec-tokens N
            --watermark-config N
            --diffusion-config -dc N
            --reasoning-config N
            --engram-config N
            --aux-output-config N
            """
        )
        + FlagRule.rules(
            .members([
                "backend": nil, "disable_fallback": nil, "disable_any_whitespace": false,
                "disable_additional_properties": false, "enable_in_reasoning": false, "reasoning_parser": "",
            ]),
            "there is one implementation of grammars, and requests, --reasoning-parser and their schemas say the rest",
            "--structured-outputs-config N"
        )
        + FlagRule.rules(.members([:]), "this program has no further settings", "--additional-config N")
}
