/// Why a model could not be found or downloaded; the description says what to do about it.
package indirect enum HubError: Error, Sendable, Hashable {
    /// The text is neither an existing folder nor a hub id; `reason` is the first rule it breaks.
    case invalidModel(String, reason: String)
    /// A path was given and no folder is there.
    case folderNotFound(String)
    /// A path was given and what is there is not a folder.
    case notAFolder(String)
    /// The revision cannot be a branch, tag or commit name.
    case invalidRevision(String)
    /// The revision was given twice, differently.
    case conflictingRevisions(String, String)
    /// The endpoint is not an `http` or `https` address.
    case invalidEndpoint(String)
    /// The token holds characters that no token has; its value is not repeated.
    case invalidToken
    /// The hub has no such model, or hides it from this token.
    case modelNotFound(model: String, endpoint: String, hasToken: Bool)
    /// The model has no such branch, tag or commit.
    case revisionNotFound(model: String, revision: String)
    /// The model has no such file.
    case fileNotFound(model: String, file: String)
    /// The model's licence must be accepted first, by the account that the token belongs to.
    case gated(model: String, page: String, hasToken: Bool)
    /// The hub refused the token, or demands one.
    case unauthorized(model: String, status: Int, hasToken: Bool)
    /// The network must not be used and the cache does not hold the model.
    case offline(model: String, revision: String, cache: String)
    /// No answer came.
    case unreachable(host: String, reason: String)
    /// The hub answered with a status that nothing else covers.
    case server(url: String, status: Int, message: String)
    /// An answer does not have the form it must have.
    case malformedResponse(url: String, reason: String)
    /// An answer redirects where it must not.
    case redirectRefused(from: String, to: String, reason: String)
    /// A file name that would lie outside the model's folder.
    case unsafeFileName(model: String, file: String)
    /// The model has no safetensors file.
    case noWeights(model: String)
    /// What was downloaded is not what the hub announced; it was removed.
    case checksumMismatch(file: String, expected: String, found: String)
    /// More or fewer bytes came than the hub announced; they were removed.
    case sizeMismatch(file: String, expected: Int, found: Int)
    /// The files do not fit; bytes, `free` as the file system reports it.
    case diskFull(folder: String, needed: Int, free: Int)
    /// The operating system refused an operation on a path.
    case fileSystem(operation: String, path: String, errno: Int32)
    /// The task was cancelled; what had arrived is kept for the next attempt.
    case cancelled
}

extension HubError: CustomStringConvertible {
    /// One or two sentences: what was wrong, where, and what to do.
    package var description: String {
        requestDescription ?? accessDescription ?? transferDescription
    }

    private var requestDescription: String? {
        switch self {
        case .invalidModel(let text, let reason):
            """
            '\(text)' is not a model: no folder has that path, and it is not a hub id of the form ORG/NAME or \
            ORG/NAME@REVISION (\(reason)). Give the path of a folder with config.json and *.safetensors, or an id \
            such as Qwen/Qwen3-0.6B.
            """
        case .folderNotFound(let path):
            "there is no folder at \(path). Give the path of a model folder, or a hub id such as Qwen/Qwen3-0.6B."
        case .notAFolder(let path):
            "\(path) is not a folder. Give the folder that holds config.json and the *.safetensors files."
        case .invalidRevision(let revision):
            "'\(revision)' cannot be a revision. Give a branch, a tag or a commit hash."
        case .conflictingRevisions(let first, let second):
            "the model names the revision '\(first)' and --revision says '\(second)'. Give one of them."
        case .invalidEndpoint(let endpoint):
            "HF_ENDPOINT '\(endpoint)' is not an address such as https://huggingface.co."
        case .invalidToken:
            "the access token holds white space or characters that no token has. Check HF_TOKEN or the token file."
        default: nil
        }
    }

    private var accessDescription: String? {
        switch self {
        case .modelNotFound(let model, let endpoint, let hasToken):
            "there is no folder '\(model)', and \(endpoint) has no model of that name"
                + (hasToken
                    ? " that this token may see. Check the spelling, and the token's access if the model is private."
                    : ". Check the spelling; if the model is private, set HF_TOKEN.")
        case .revisionNotFound(let model, let revision):
            "'\(model)' has no revision '\(revision)'. Check the branch, tag or commit; leave it out for 'main'."
        case .fileNotFound(let model, let file):
            "'\(model)' has no file \(file) although it lists it. Try again later or choose another revision."
        case .gated(let model, let page, let hasToken):
            "'\(model)' is gated: accept its conditions at \(page)"
                + (hasToken
                    ? " with the account of the token in use (and give a fine-grained token access to gated models)."
                    : ", then set HF_TOKEN to a token of that account.")
        case .unauthorized(let model, let status, let hasToken):
            hasToken
                ? "the hub refused the token for '\(model)' (\(status)). Make a new one and set HF_TOKEN."
                : "the hub demands a token for '\(model)' (\(status)). Set HF_TOKEN."
        case .offline(let model, let revision, let cache):
            """
            '\(model)' at revision '\(revision)' is not complete in the cache \(cache), and HF_HUB_OFFLINE forbids \
            the network. Unset HF_HUB_OFFLINE, or point HF_HOME at the cache that holds it.
            """
        case .unreachable(let host, let reason):
            "cannot reach \(host): \(reason). Check the network, or set HF_ENDPOINT to a mirror."
        default: nil
        }
    }

    private var transferDescription: String {
        switch self {
        case .server(let url, let status, let message):
            "\(url) answered \(status)\(message.isEmpty ? "" : ": \(message)"). Try again later."
        case .malformedResponse(let url, let reason):
            "\(url) gave an answer that cannot be used: \(reason). Check that HF_ENDPOINT is a hub."
        case .redirectRefused(let from, let to, let reason):
            "\(from) redirects to \(to): \(reason). Check HF_ENDPOINT."
        case .unsafeFileName(let model, let file):
            "'\(model)' lists the file name '\(file)', which points outside its folder. Do not use this model."
        case .noWeights(let model):
            "'\(model)' has no *.safetensors file. Other formats are not loaded; choose a model that has them."
        case .checksumMismatch(let file, let expected, let found):
            "\(file) arrived damaged: its hash is \(found) and should be \(expected). It was removed; try again."
        case .sizeMismatch(let file, let expected, let found):
            "\(file) arrived with \(found) bytes and should have \(expected). It was removed; try again."
        case .diskFull(let folder, let needed, let free):
            """
            \(ByteCount.text(needed)) are needed in \(folder) and \(ByteCount.text(free)) are free. Free some space, \
            or choose another folder with --download-dir or HF_HOME.
            """
        case .fileSystem(let operation, let path, let errno):
            "cannot \(operation) \(path): \(FileSystem.message(errno)). Check the folder's owner and permissions."
        case .cancelled: "cancelled; what has arrived is kept for the next attempt."
        default: ""
        }
    }
}
