import HTTPTypes
import Martlet
package import MartletJSON

/// The API as an OpenAPI 3.1 document: the server's own routes, each with what it takes and answers.
package struct APIDescription: Sendable {
    private let routes: [Route]
    private let rootPath: String

    /// Describes routes.
    ///
    /// - Parameters:
    ///   - routes: all routes of the server.
    ///   - rootPath: the prefix under which a proxy shows them; empty for none.
    package init(routes: [Route], rootPath: String) {
        self.routes = routes
        self.rootPath = rootPath
    }

    /// The document.
    package var json: JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Martlet",
                "version": .string(Version.string),
                "summary": "An LLM inference server with the OpenAI API and vLLM's extensions.",
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": .string(rootPath.isEmpty ? "/" : rootPath)]],
            "paths": .object(paths),
            "components": [
                "schemas": .object(DescriptionSchemas.all),
                "securitySchemes": ["key": ["type": "http", "scheme": "bearer"]],
            ],
        ]
    }

    private var paths: JSONObject {
        var paths = JSONObject()
        for route in routes where route.isDescribed {
            let entry = DescribedOperation.all["\(route.method.rawValue) \(route.path)"]
            let path = route.path.hasSuffix("/*") ? String(route.path.dropLast()) + "{id}" : route.path
            var item = paths[path]?.object ?? JSONObject()
            item[route.method.rawValue.lowercased()] = operation(route, entry, path: path)
            paths[path] = .object(item)
        }
        return paths
    }

    private func operation(_ route: Route, _ entry: DescribedOperation?, path: String) -> JSONValue {
        var operation = JSONObject()
        let words = path.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        operation["operationId"] = .string(([route.method.rawValue.lowercased()] + words).joined(separator: "_"))
        operation["summary"] = .string(entry?.summary ?? "\(route.method.rawValue) \(path)")
        let security: JSONValue = route.access == .open ? [] : [["key": []], [:]]
        operation["security"] = security
        let parameters = (entry?.query ?? []) + (path.contains("{id}") ? [Self.idParameter] : [])
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let request = entry?.request {
            operation["requestBody"] = [
                "required": true, "content": ["application/json": ["schema": DescriptionSchemas.reference(request)]],
            ]
        }
        operation["responses"] = .object(responses(entry, route, path: path))
        return .object(operation)
    }

    private static let idParameter: JSONValue = [
        "name": "id", "in": "path", "required": true, "schema": ["type": "string"],
    ]

    private func responses(_ entry: DescribedOperation?, _ route: Route, path: String) -> JSONObject {
        var answers = JSONObject()
        var content = JSONObject()
        if let response = entry?.response {
            content["application/json"] = ["schema": DescriptionSchemas.reference(response)]
        }
        if entry?.isStreamed == true { content["text/event-stream"] = [:] }
        if entry?.isText == true { content["text/plain"] = ["schema": ["type": "string"]] }
        if entry?.isBinary == true { content["application/octet-stream"] = [:] }
        var success = JSONObject([("description", "Success.")])
        if !content.isEmpty { success["content"] = .object(content) }
        answers["200"] = .object(success)
        let error: JSONValue = [
            "application/json": ["schema": DescriptionSchemas.reference(entry?.error ?? "ErrorResponse")]
        ]
        var errors = [
            "500": "The request failed inside the server.", "503": "The server is busy, starting or stopping.",
        ]
        if entry?.request != nil || entry?.query.isEmpty == false || entry?.isConditional == true {
            errors["400"] = "The request is not acceptable."
        }
        if entry?.request != nil {
            errors["404"] = "The model does not exist."
            errors["413"] = "The body is too large."
        }
        if path.contains("{id}") { errors["404"] = "There is nothing of that name." }
        if route.access == .keyed { errors["401"] = "The key is missing or wrong." }
        for (status, text) in errors.sorted(by: { $0.key < $1.key }) {
            let isBodiless = route.path == "/health" || route.path == "/ping"
            var answer = JSONObject([("description", .string(text))])
            if !isBodiless { answer["content"] = error }
            answers[status] = .object(answer)
        }
        return answers
    }
}
