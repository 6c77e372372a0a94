package import MartletTensors

/// What the operator should know of.
package enum EngineIncident: Sendable {
    /// A step failed; the requests of its batch ended with an error. The engine counts as unhealthy from then on.
    case stepFailed(BackendError, requestCount: Int)
    /// One completion ended with an error; the batch went on.
    case samplingFailed(RequestID, choice: Int, SamplingError)
}
