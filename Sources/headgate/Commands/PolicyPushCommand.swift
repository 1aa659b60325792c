import ArgumentParser
import Foundation
import HeadgateDaemon

/// `headgate policy push`: a policy for all daemons on one store.
struct PolicyPushCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "push",
        abstract: "Put a policy into the store, for every daemon that takes it from there.",
        discussion: """
            The file is checked first; one with a problem is not pushed. Daemons that run with --policy store have \
            it in force within two seconds.

            EXAMPLE
              headgate policy push policy.yaml --store redis://127.0.0.1:6379
            """
    )

    @Argument(help: "The policy file.")
    var file: String

    @Option(help: ArgumentHelp("The store, as for serve (default: HEADGATE_STORE).", valueName: "store"))
    var store: String?

    @Option(help: ArgumentHelp("What the store's keys start with (default: hg).", valueName: "prefix"))
    var keyPrefix: String?

    @Option(help: ArgumentHelp("PEM file of whom to trust as the store.", valueName: "file"))
    var storeCaFile: String?

    @Option(help: ArgumentHelp("PEM file of your certificate for the store.", valueName: "file"))
    var storeCertificateFile: String?

    @Option(help: ArgumentHelp("PEM file of that certificate's key.", valueName: "file"))
    var storeKeyFile: String?

    func run() async throws {
        let source = PolicySource(path: file)
        let policy = try source.load()
        let flags: [String: String?] = [
            "store": store, "key-prefix": keyPrefix, "store-ca-file": storeCaFile,
            "store-certificate-file": storeCertificateFile, "store-key-file": storeKeyFile,
        ]
        let environment = ProcessInfo.processInfo.environment
        let sources = SettingSources(flags: flags.compactMapValues { $0 }, environment: environment)
        let text = String(decoding: try source.content(), as: UTF8.self)
        let version: Int64
        do {
            version = try await PolicyPush(sources).push(text)
        } catch {
            throw CommandFailure("\(error)")
        }
        print("\(file): pushed as version \(version), \(PolicySource.summary(policy))")
    }
}
