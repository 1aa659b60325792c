import Foundation

/// A certificate authority of a test, which issues certificates as files in a directory of its own.
package final class TestAuthority: Sendable {
    /// A certificate and its key.
    package struct Identity: Sendable {
        package var certificate: String
        package var key: String

        package init(certificate: String, key: String) {
            self.certificate = certificate
            self.key = key
        }
    }

    package struct Failure: Error {
        package var command: String
    }

    /// Removed with this value.
    package let directory: String
    package var certificate: String { directory + "/ca.pem" }

    package init() throws {
        directory = NSTemporaryDirectory() + "headgate-authority-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        try run("req -x509 \(Self.newKey) -days 2 -keyout ca.key -out ca.pem -subj /CN=test-ca")
        let settings = """
            [ca]
            default_ca = own
            [own]
            database = \(directory)/index
            new_certs_dir = \(directory)
            rand_serial = yes
            default_md = sha256
            policy = any
            copy_extensions = copyall
            unique_subject = no
            certificate = \(directory)/ca.pem
            private_key = \(directory)/ca.key
            [any]
            commonName = supplied
            """
        try Data(settings.utf8).write(to: URL(fileURLWithPath: directory + "/ca.cnf"))
        try Data().write(to: URL(fileURLWithPath: directory + "/index"))
    }

    deinit { try? FileManager.default.removeItem(atPath: directory) }

    /// Issues a certificate with these alternative names, `DNS:a.example,URI:spiffe://b`, valid for the day before and
    /// after today, or in 2020.
    package func issue(_ name: String, for names: String, expired: Bool = false, usage: String? = nil) throws
        -> Identity
    {
        let extensions = ["subjectAltName=\(names)"] + (usage.map { ["extendedKeyUsage=\($0)"] } ?? [])
        let added = extensions.map { "-addext \($0)" }.joined(separator: " ")
        try run("req \(Self.newKey) -keyout \(name).key -out \(name).csr -subj /CN=\(name) \(added)")
        let start = expired ? "20200101000000Z" : Self.time(-86_400)
        let end = expired ? "20200201000000Z" : Self.time(86_400)
        try run("ca -batch -notext -config ca.cnf -startdate \(start) -enddate \(end) -in \(name).csr -out \(name).pem")
        return Identity(certificate: "\(directory)/\(name).pem", key: "\(directory)/\(name).key")
    }

    private static let newKey = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

    private static func time(_ offset: TimeInterval) -> String {
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(identifier: "UTC")
        format.dateFormat = "yyyyMMddHHmmss'Z'"
        return format.string(from: Date(timeIntervalSinceNow: offset))
    }

    private func run(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw Failure(command: "openssl \(arguments)") }
    }
}
