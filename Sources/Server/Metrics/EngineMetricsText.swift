import Martlet
import MartletEngine
import MartletTensors

/// The engine's statistics as Prometheus series; the names stand here and nowhere else.
struct EngineMetricsText {
    let service: ModelService

    private var labels: [(String, String)] { [("engine", "0"), ("model_name", service.modelName)] }

    func export(to text: inout PrometheusText) {
        let statistics = service.model.engine.statistics
        gauges(statistics, &text)
        counters(statistics, &text)
        rejections(statistics, &text)
        for (name, help, histogram) in histograms(statistics) {
            text.header("vllm:" + name, type: "histogram", help: help)
            text.histogram("vllm:" + name, labels, histogram)
        }
        configuration(&text)
    }

    private func gauges(_ statistics: EngineStatistics, _ text: inout PrometheusText) {
        gauge(
            "num_requests_running",
            "Number of requests in the running batch.",
            Double(statistics.runningCount),
            &text
        )
        gauge("num_requests_waiting", "Number of requests that wait.", Double(statistics.waitingCount), &text)
        text.header(
            "vllm:num_requests_waiting_by_reason",
            type: "gauge",
            help: "Number of requests that wait, by reason."
        )
        for (reason, value) in [("capacity", statistics.waitingCount), ("deferred", 0)] {
            text.sample("vllm:num_requests_waiting_by_reason", labels + [("reason", reason)], Double(value))
        }
        sleepState(&text)
        gauge("kv_cache_usage_perc", "Share of KV-cache blocks in use, 0 to 1.", statistics.kvCacheUsage, &text)
    }

    private func sleepState(_ text: inout PrometheusText) {
        let level = service.rest.sleepLevel
        text.header(
            "vllm:engine_sleep_state",
            type: "gauge",
            help: "Whether the server is awake, sleeps at level 1 (weights_offloaded) or at level 2 (discard_all)."
        )
        let states = [("awake", level == nil), ("weights_offloaded", level == 1), ("discard_all", level == 2)]
        for (state, holds) in states {
            text.sample("vllm:engine_sleep_state", labels + [("sleep_state", state)], holds ? 1 : 0)
        }
    }

    private func rejections(_ statistics: EngineStatistics, _ text: inout PrometheusText) {
        text.header(
            "vllm:admission_rejections_total",
            type: "counter",
            help: "Requests refused by a limit of the queue, by limit."
        )
        let limits = [
            ("max_num_queued_reqs", statistics.fullQueueCount),
            ("max_num_queued_tokens", statistics.fullTokenQueueCount),
        ]
        for (limit, count) in limits {
            text.sample(
                "vllm:admission_rejections_total",
                [("model_name", service.modelName), ("reason", limit)],
                Double(count)
            )
        }
    }

    private func counters(_ statistics: EngineStatistics, _ text: inout PrometheusText) {
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
        for (name, help, value) in values {
            text.header("vllm:\(name)_total", type: "counter", help: help)
            text.sample("vllm:\(name)_total", labels, Double(value))
        }
        text.header(
            "vllm:prompt_tokens_by_source_total",
            type: "counter",
            help: "Prompt tokens by where they came from."
        )
        let sources = [
            ("local_compute", statistics.promptTokenCount - statistics.cachedPromptTokenCount),
            ("local_cache_hit", statistics.cachedPromptTokenCount), ("external_kv_transfer", 0),
        ]
        for (source, value) in sources {
            text.sample("vllm:prompt_tokens_by_source_total", labels + [("source", source)], Double(value))
        }
        text.header("vllm:request_success_total", type: "counter", help: "Finished completions by reason.")
        let reasons = statistics.finishedCounts.map { ($0.key.rawValue, $0.value) }
        for (reason, value) in reasons.sorted(by: { $0.0 < $1.0 }) {
            text.sample("vllm:request_success_total", labels + [("finished_reason", reason)], Double(value))
        }
    }

    private func histograms(_ statistics: EngineStatistics) -> [(String, String, Histogram)] {
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

    private func configuration(_ text: inout PrometheusText) {
        let configuration = service.model.configuration
        let tokenCount = configuration.blockCount * configuration.blockSize
        text.header("vllm:cache_config_info", type: "gauge", help: "Configuration of the KV cache.")
        text.sample(
            "vllm:cache_config_info",
            [
                ("block_size", "\(configuration.blockSize)"), ("cache_dtype", configuration.kvCacheDType.name),
                ("enable_prefix_caching", configuration.isPrefixCachingEnabled ? "True" : "False"), ("engine", "0"),
                ("kv_cache_max_concurrency", "\(Double(tokenCount) / Double(configuration.maxModelLength))"),
                ("kv_cache_size_tokens", "\(tokenCount)"),
                ("num_cpu_blocks", "None"), ("num_gpu_blocks", "\(configuration.blockCount)"),
            ],
            1
        )
    }

    private func gauge(_ name: String, _ help: String, _ value: Double, _ text: inout PrometheusText) {
        text.header("vllm:" + name, type: "gauge", help: help)
        text.sample("vllm:" + name, labels, value)
    }
}
