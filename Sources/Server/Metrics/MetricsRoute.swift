import Glibc
import HTTPTypes
import Hummingbird
import MartletEngine
import NIOCore

/// `GET /metrics`: the engine's, the HTTP layer's and the process's series under vLLM's names.
struct MetricsRoute: Sendable {
    /// Appends the engine's series.
    let engine: @Sendable (inout PrometheusText) -> Void
    let http: HTTPMetrics

    func respond() -> Response {
        var text = PrometheusText(start: ProcessMetrics.startTime)
        engine(&text)
        http.export(to: &text)
        ProcessMetrics.export(to: &text)
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=1.0.0; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: text.text))
        )
    }
}
