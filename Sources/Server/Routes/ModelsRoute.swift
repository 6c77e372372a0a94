import Foundation
import HTTPTypes
import Hummingbird
import Martlet
import MartletOpenAIAPI

/// Answers `GET /v1/models` and `GET /v1/models/{id}`.
struct ModelsRoute: Sendable {
    let service: any TokenizingService

    func list() -> Response { JSONResponse.make(ModelCard.listBody(service.configuration.servedModelNames.map(card))) }

    func retrieve(_ id: String) throws -> Response {
        let id = id.removingPercentEncoding ?? id
        try service.decoding.checkModel(id)
        return JSONResponse.make(card(id).body)
    }

    private func card(_ name: String) -> ModelCard {
        ModelCard(
            id: name,
            created: Int(Date().timeIntervalSince1970),
            root: service.configuration.modelRoot,
            maxModelLength: service.maxModelLength,
            permissionID: "modelperm-" + RandomID.hex(16)
        )
    }
}
