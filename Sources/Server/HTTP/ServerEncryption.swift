import NIOSSL

/// What an encrypted server shows and wants to see.
package struct ServerEncryption: Sendable {
    /// Whether clients show certificates.
    package enum ClientCertificates: Int, Sendable {
        /// They are not asked to.
        case ignored = 0
        /// One that is shown must be valid.
        case optional = 1
        /// Each must show a valid one.
        case required = 2
    }

    /// The file of the certificate, in PEM, followed by those of its issuers.
    package var certificateFile: String
    /// The file of the private key, in PEM; `nil` where it stands in the certificate's file.
    package var keyFile: String?
    /// The file of the certificates that clients' are checked against, in PEM.
    package var clientAuthorityFile: String?
    /// Whether clients show certificates.
    package var clientCertificates = ClientCertificates.ignored
    /// The ciphers of TLS 1.2 in OpenSSL's notation; `nil` for the library's choice.
    package var ciphers: String?

    /// A certificate with its key.
    package init(certificateFile: String, keyFile: String? = nil) {
        self.certificateFile = certificateFile
        self.keyFile = keyFile
    }

    /// The library's configuration; the files are read.
    ///
    /// - Throws: `ServerEncryptionError` that names the file.
    func configuration() throws(ServerEncryptionError) -> TLSConfiguration {
        let chain = try Self.read(certificateFile) { try NIOSSLCertificate.fromPEMFile($0) }
        let key = try Self.read(keyFile ?? certificateFile) { try NIOSSLPrivateKey(file: $0, format: .pem) }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) },
            privateKey: .privateKey(key)
        )
        configuration.minimumTLSVersion = .tlsv12
        if let ciphers { configuration.cipherSuites = ciphers }
        if let clientAuthorityFile {
            let authorities = try Self.read(clientAuthorityFile) { try NIOSSLCertificate.fromPEMFile($0) }
            configuration.trustRoots = .certificates(authorities)
        }
        switch clientCertificates {
        case .ignored: configuration.certificateVerification = .none
        case .optional: configuration.certificateVerification = .optionalVerification
        case .required: configuration.certificateVerification = .noHostnameVerification
        }
        return configuration
    }

    private static func read<Value>(_ file: String, _ body: (String) throws -> Value) throws(ServerEncryptionError)
        -> Value
    {
        do {
            return try body(file)
        } catch {
            throw ServerEncryptionError(file: file, reason: "\(error)")
        }
    }
}

/// A file of an encrypted server that cannot be used.
package struct ServerEncryptionError: Error, CustomStringConvertible {
    /// The file.
    package let file: String
    /// What the library says.
    package let reason: String

    /// The file and the reason.
    package var description: String {
        "\(file) is no readable certificate or key in PEM: \(reason). Check --ssl-certfile, --ssl-keyfile, --ssl-ca-certs."
    }
}
