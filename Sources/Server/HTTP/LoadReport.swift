import HTTPTypes
import Hummingbird
import Martlet
import MartletEngine

/// Tells balancers that ask for it how busy the server is: a header in the ORCA format beside a whole answer.
struct LoadReport: Sendable {
    let service: ModelService

    /// The answer, with the header where the request has `endpoint-load-metrics-format` and is not streamed.
    func added(to response: Response, for request: Request) -> Response {
        guard let wish = HTTPField.Name("endpoint-load-metrics-format"),
            let name = HTTPField.Name("endpoint-load-metrics"), let format = request.headers[wish]?.lowercased(),
            response.status == .ok, response.headers[.contentType] == "application/json"
        else { return response }
        let statistics = service.model.engine.statistics
        let values = [
            ("num_requests_waiting", Double(statistics.waitingCount)), ("kv_cache_usage_perc", statistics.kvCacheUsage),
        ]
        var response = response
        switch format {
        case "text":
            let text = values.map { "named_metrics.\($0.0)=\($0.1)" }.joined(separator: ", ")
            response.headers[name] = "TEXT \(text)"
        case "json":
            let text = values.map { "\"\($0.0)\": \($0.1)" }.joined(separator: ", ")
            response.headers[name] = "JSON {\"named_metrics\": {\(text)}}"
        default: break
        }
        return response
    }
}
