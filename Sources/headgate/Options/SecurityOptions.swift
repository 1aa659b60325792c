package import ArgumentParser
package import HeadgateClient
package import TransportSecurity

/// How a command proves who it is, and whom it trusts.
package struct SecurityOptions: ParsableArguments {
    @Flag(help: "Speak TLS with a daemon whose certificate the system trusts.")
    package var tls = false

    @Option(
        help: ArgumentHelp(
            "Speak TLS with a daemon whose certificate is of these authorities. (default: HEADGATE_TLS_CA_FILE)",
            valueName: "file"
        )
    )
    package var tlsCaFile: String?

    @Option(help: ArgumentHelp("PEM file of your certificate, where the daemon asks for one.", valueName: "file"))
    package var tlsCertificateFile: String?

    @Option(help: ArgumentHelp("PEM file of that certificate's key.", valueName: "file"))
    package var tlsKeyFile: String?

    @Option(
        help: ArgumentHelp("File with your token and nothing else. (default: HEADGATE_TOKEN)", valueName: "file")
    )
    package var tokenFile: String?

    package init() {}

    /// The token from the file, else from the environment: a command line is for everyone to read.
    package func token(_ environment: Environment = .process) throws(CommandFailure) -> String? {
        guard let tokenFile else { return environment["HEADGATE_TOKEN"] }
        let content = String(decoding: try PolicySource(path: tokenFile).content(), as: UTF8.self)
        let words = content.split(whereSeparator: \.isWhitespace)
        guard words.count == 1 else {
            throw CommandFailure("--token-file: \(tokenFile) does not hold one token and nothing else")
        }
        return String(words[0])
    }

    /// TLS with the RPC port; nil for none.
    package func rpc(_ environment: Environment = .process) -> HeadgateClient.TLS? {
        let authority = tlsCaFile ?? environment["HEADGATE_TLS_CA_FILE"]
        guard tls || authority != nil || tlsCertificateFile != nil || tlsKeyFile != nil else { return nil }
        return HeadgateClient.TLS(
            authorityFile: authority,
            certificateFile: tlsCertificateFile,
            keyFile: tlsKeyFile
        )
    }

    /// TLS with a port that is offered these protocols; nil for none.
    package func client(
        _ protocols: [String],
        _ environment: Environment = .process
    ) throws(CommandFailure) -> ClientTLS? {
        guard let files = rpc(environment) else { return nil }
        do throws(TLSProblem) {
            return try ClientTLS(
                ClientTLS.Files(
                    authority: files.authorityFile.map { PEMFile(path: $0, origin: "--tls-ca-file") },
                    certificate: files.certificateFile.map { PEMFile(path: $0, origin: "--tls-certificate-file") },
                    key: files.keyFile.map { PEMFile(path: $0, origin: "--tls-key-file") }
                ),
                protocols: protocols
            )
        } catch {
            throw CommandFailure(error.description)
        }
    }
}
