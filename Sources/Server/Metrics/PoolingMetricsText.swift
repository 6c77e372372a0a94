import Martlet
import MartletEngine

/// A pooling engine's statistics as Prometheus series under vLLM's names.
struct PoolingMetricsText {
    let service: PoolingService

    func export(to text: inout PrometheusText) {
        let statistics = service.model.engine.statistics
        let labels = [("engine", "0"), ("model_name", service.configuration.servedModelNames.first ?? "")]
        let gauges = [
            ("num_requests_running", "Number of inputs in the running batch.", statistics.runningCount),
            ("num_requests_waiting", "Number of inputs that wait.", statistics.waitingCount),
        ]
        for (name, help, value) in gauges {
            text.header("vllm:" + name, type: "gauge", help: help)
            text.sample("vllm:" + name, labels, Double(value))
        }
        let counters = [
            ("prompt_tokens_total", "Prompt tokens processed.", statistics.tokenCount),
            ("generation_tokens_total", "Tokens generated.", 0),
        ]
        for (name, help, value) in counters {
            text.header("vllm:" + name, type: "counter", help: help)
            text.sample("vllm:" + name, labels, Double(value))
        }
        text.header("vllm:request_success_total", type: "counter", help: "Finished inputs by reason.")
        for (reason, value) in [("abort", statistics.cancelledCount), ("stop", statistics.finishedCount)] {
            text.sample("vllm:request_success_total", labels + [("finished_reason", reason)], Double(value))
        }
    }
}
