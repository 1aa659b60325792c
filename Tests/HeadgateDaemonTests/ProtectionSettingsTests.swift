import Foundation
import Testing
import TransportSecurity

@testable import HeadgateDaemon

@Suite struct ProtectionSettingsTests {
    private static let identity = ["tls-certificate-file": "c.pem", "tls-key-file": "k.pem"]

    @Test(arguments: [
        (["tls-key-file": "k.pem"], "--tls-key-file: does nothing without --tls-certificate-file"),
        (["tls-client-ca-file": "a.pem"], "--tls-client-ca-file: does nothing without --tls-certificate-file"),
        (["tls-client-names": "a.example"], "--tls-client-names: does nothing without --tls-certificate-file"),
        (["tls-certificate-file": "c.pem"], "--tls-certificate-file: needs the certificate's key in --tls-key-file"),
        (
            identity.merging(["tls-client-names": "a.example"]) { $1 },
            "--tls-client-names: does nothing without --tls-client-ca-file"
        ),
        (
            identity.merging(["tls-client-ca-file": "a.pem", "tls-client-names": "a.example,10.0.0.1"]) { $1 },
            "--tls-client-names: \"10.0.0.1\" is neither a DNS name"
        ),
    ])
    func `settings that make no sense together are named`(flags: [String: String], words: String) {
        let error = #expect(throws: SettingsError.self) { try DaemonSettings(SettingSources(flags: flags)) }
        #expect(error?.description.hasPrefix(words) == true, "\(error?.description ?? "")")
    }

    @Test func `files and names come from the environment too`() throws {
        let environment = [
            "HEADGATE_TLS_CERTIFICATE_FILE": "c.pem", "HEADGATE_TLS_KEY_FILE": "k.pem",
            "HEADGATE_TLS_CLIENT_CA_FILE": "a.pem", "HEADGATE_TLS_CLIENT_NAMES": "a.example,*.b.example",
            "HEADGATE_TOKEN_FILE": "tokens",
        ]
        let settings = try DaemonSettings(SettingSources(flags: [:], environment: environment)).protection
        #expect(settings.tls?.paths == ["c.pem", "k.pem", "a.pem"])
        #expect(settings.tls?.clientNames.count == 2)
        #expect(settings.tokens == TokenFile(path: "tokens", origin: "HEADGATE_TOKEN_FILE"))
    }

    @Test(arguments: [["token-file": "tokens"], identity])
    func `TLS or tokens allow a public address`(flags: [String: String]) throws {
        let public_ = ["listen": "0.0.0.0:7420", "http": "0.0.0.0:7421"].merging(flags) { $1 }
        _ = try DaemonSettings(SettingSources(flags: public_))
        #expect(throws: SettingsError.self) { try DaemonSettings(SettingSources(flags: ["listen": "0.0.0.0:7420"])) }
    }

    @Test func `what protects only half is told`() throws {
        func gap(_ flags: [String: String]) throws -> String? {
            try DaemonSettings(SettingSources(flags: flags)).protection.gap
        }
        let all = Self.identity.merging(["tls-client-ca-file": "a.pem", "token-file": "t"]) { $1 }
        #expect(try gap(all) == nil)
        #expect(try gap(all.filter { $0.key != "token-file" }) == nil)
        #expect(try gap(all.filter { $0.key != "tls-client-ca-file" }) == nil)
        #expect(try gap(Self.identity)?.contains("everyone who can reach the ports may ask") == true)
        #expect(try gap(["token-file": "t"])?.contains("travel in clear") == true)
    }

    @Test func `a token file that cannot be used is named with its flag and line, and not quoted`() throws {
        let path = NSTemporaryDirectory() + "headgate-tokens-\(UUID().uuidString)"
        let file = TokenFile(path: path, origin: "--token-file")
        let missing = #expect(throws: SettingsError.self) { try file.load() }
        #expect(missing?.description.hasPrefix("--token-file: \(path) cannot be read") == true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data("# ours\ncheck too-short-a-secret".utf8).write(to: URL(fileURLWithPath: path))
        let short = #expect(throws: SettingsError.self) { try file.load() }
        #expect(short?.description.hasPrefix("--token-file: \(path):2 has a token of less than 128 bits") == true)
        #expect(short?.description.contains("too-short-a-secret") == false)
        try Data().write(to: URL(fileURLWithPath: path))
        #expect(throws: SettingsError("--token-file: \(path) has no token")) { try file.load() }
    }
}
