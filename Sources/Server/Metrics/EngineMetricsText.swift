import Martlet
import MartletEngine
import MartletTensors

/// An engine's statistics as Prometheus series; the names stand here and nowhere else.
struct EngineMetricsText {
    let modelName: String
    let statistics: EngineStatistics
    /// How deep the server sleeps; `nil` while it is awake.
    var sleepLevel: Int?
    /// What describes the KV cache; none where there is no such cache.
    var cacheLabels: PrometheusText.Labels = []
    /// How often output was searched for tool calls; `nil` where no parser is configured.
    var toolParsing: ToolParsingCounts?

    private var labels: PrometheusText.Labels { [("engine", "0"), ("model_name", modelName)] }

    func export(to text: inout PrometheusText) {
        gauges(&text)
        counters(&text)
        for (name, help, histogram) in histograms {
            text.histogram("vllm:" + name, help, [.init(labels, histogram)])
        }
        if let toolParsing { export(toolParsing, to: &text) }
        if !cacheLabels.isEmpty {
            text.gauge(
                "vllm:cache_config_info",
                "Configuration of the KV cache.",
                [.init(cacheLabels + [("engine", "0")], 1)]
            )
        }
    }

    private func gauges(_ text: inout PrometheusText) {
        gauge("num_requests_running", "Number of requests in the running batch.", statistics.runningCount, &text)
        gauge("num_requests_waiting", "Number of requests that wait.", statistics.waitingCount, &text)
        text.gauge(
            "vllm:num_requests_waiting_by_reason",
            "Number of requests that wait, by reason.",
            series("reason", [("capacity", statistics.waitingCount), ("deferred", 0)])
        )
        let states = [("awake", nil), ("weights_offloaded", 1), ("discard_all", 2)]
        text.gauge(
            "vllm:engine_sleep_state",
            "Whether the server is awake, sleeps at level 1 (weights_offloaded) or at level 2 (discard_all).",
            series("sleep_state", states.map { ($0.0, sleepLevel == $0.1 ? 1 : 0) })
        )
        text.gauge(
            "vllm:kv_cache_usage_perc",
            "Share of KV-cache blocks in use, 0 to 1.",
            [.init(labels, statistics.kvCacheUsage)]
        )
    }

    private func counters(_ text: inout PrometheusText) {
        let values = [
            (
                "prefix_cache_queries", "Prompt tokens looked up in the prefix cache.",
                statistics.prefixCacheQueryTokenCount
            ),
            ("prefix_cache_hits", "Prompt tokens found in the prefix cache.", statistics.prefixCacheHitTokenCount),
            ("num_preemptions", "Requests preempted for want of cache blocks.", statistics.preemptionCount),
            ("prompt_tokens", "Prompt tokens processed.", statistics.promptTokenCount),
            ("prompt_tokens_cached", "Prompt tokens taken from the prefix cache.", statistics.cachedPromptTokenCount),
            ("generation_tokens", "Tokens generated.", statistics.generationTokenCount),
        ]
        for (name, help, value) in values { text.counter("vllm:" + name, help, [.init(labels, Double(value))]) }
        let sources = [
            ("local_compute", statistics.promptTokenCount - statistics.cachedPromptTokenCount),
            ("local_cache_hit", statistics.cachedPromptTokenCount), ("external_kv_transfer", 0),
        ]
        text.counter(
            "vllm:prompt_tokens_by_source",
            "Prompt tokens by where they came from.",
            series("source", sources)
        )
        let reasons = statistics.finishedCounts.map { ($0.key.rawValue, $0.value) }.sorted { $0.0 < $1.0 }
        text.counter("vllm:request_success", "Finished completions by reason.", series("finished_reason", reasons))
        let limits = [
            ("max_num_queued_reqs", statistics.fullQueueCount),
            ("max_num_queued_tokens", statistics.fullTokenQueueCount),
        ]
        text.counter(
            "vllm:admission_rejections",
            "Requests refused by a limit of the queue, by limit.",
            limits.map { .init([("model_name", modelName), ("reason", $0.0)], Double($0.1)) }
        )
    }

    private var histograms: [(String, String, Histogram)] {
        [
            ("time_to_first_token_seconds", "Time to first token.", statistics.timeToFirstToken),
            ("inter_token_latency_seconds", "Time between output tokens.", statistics.interTokenLatency),
            (
                "request_time_per_output_token_seconds", "Mean time per output token of a request.",
                statistics.timePerOutputToken
            ),
            ("e2e_request_latency_seconds", "Time from arrival to the last token.", statistics.endToEndLatency),
            ("request_queue_time_seconds", "Time in the waiting queue.", statistics.queueTime),
            ("request_inference_time_seconds", "Time in the running batch.", statistics.inferenceTime),
            ("request_prefill_time_seconds", "Time until the first token, once running.", statistics.prefillTime),
            ("request_decode_time_seconds", "Time from first to last token.", statistics.decodeTime),
            ("request_prompt_tokens", "Prompt tokens of a request.", statistics.promptTokens),
            ("request_generation_tokens", "Generated tokens of a completion.", statistics.generationTokens),
            (
                "request_max_num_generation_tokens", "Most generated tokens of a request's completions.",
                statistics.maximumGenerationTokens
            ),
            ("request_params_n", "The n parameter.", statistics.choiceCountParameter),
            ("request_params_max_tokens", "The max_tokens parameter.", statistics.maxTokensParameter),
            ("request_num_preemptions", "How often a completion was preempted.", statistics.preemptions),
            (
                "request_prefill_kv_computed_tokens", "Prompt tokens computed, those of the prefix cache left out.",
                statistics.computedPromptTokens
            ),
            ("iteration_tokens_total", "Tokens of an engine step.", statistics.iterationTokens),
        ]
    }

    private func export(_ counts: ToolParsingCounts, to text: inout PrometheusText) {
        text.counter(
            "vllm:tool_call_parser_invocations",
            "Searches for tool calls: one per choice of a whole answer, one per delta of a stream.",
            counts.values.map { use, count in
                .init(
                    [
                        ("mode", use.isStreamed ? "streaming" : "non_streaming"), ("model_name", modelName),
                        ("outcome", use.foundCall ? "tool_call" : "no_tool_call"),
                        ("request_type", use.endpoint.rawValue),
                    ],
                    Double(count)
                )
            }
        )
    }

    private func gauge(_ name: String, _ help: String, _ value: Int, _ text: inout PrometheusText) {
        text.gauge("vllm:" + name, help, [.init(labels, Double(value))])
    }

    private func series(_ label: String, _ values: [(String, Int)]) -> [PrometheusText.Series<Double>] {
        values.map { .init(labels + [(label, $0.0)], Double($0.1)) }
    }
}

extension EngineMetricsText {
    /// Of a model that generates text.
    init(service: ModelService) {
        let configuration = service.model.configuration
        let tokenCount = configuration.blockCount * configuration.blockSize
        self.init(
            modelName: service.modelName,
            statistics: service.model.engine.statistics,
            sleepLevel: service.rest.sleepLevel,
            cacheLabels: [
                ("block_size", "\(configuration.blockSize)"), ("cache_dtype", configuration.kvCacheDType.name),
                ("enable_prefix_caching", configuration.isPrefixCachingEnabled ? "True" : "False"),
                ("kv_cache_max_concurrency", "\(Double(tokenCount) / Double(configuration.maxModelLength))"),
                ("kv_cache_size_tokens", "\(tokenCount)"), ("num_cpu_blocks", "None"),
                ("num_gpu_blocks", "\(configuration.blockCount)"),
            ],
            toolParsing: service.configuration.formats.tool == nil ? nil : service.toolParsing
        )
    }

    /// Of a model that gives vectors or scores.
    init(service: PoolingService) {
        self.init(
            modelName: service.configuration.servedModelNames.first ?? "",
            statistics: service.model.engine.statistics
        )
    }
}
