import Foundation

/// A certificate authority of a test with a server's and a client's certificate, as files in a directory.
struct Certificates {
    let directory: String
    var authority: String { directory + "/ca.pem" }
    var serverCertificate: String { directory + "/server.pem" }
    var serverKey: String { directory + "/server.key" }
    var clientCertificate: String { directory + "/client.pem" }
    var clientKey: String { directory + "/client.key" }

    init() throws {
        directory = NSTemporaryDirectory() + "headgate-certificates-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let curve = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"
        try run("req -x509 \(curve) -keyout ca.key -out ca.pem -subj /CN=test-ca")
        for name in ["server", "client"] {
            let names = name == "server" ? " -addext subjectAltName=IP:127.0.0.1,DNS:localhost" : ""
            try run("req \(curve) -keyout \(name).key -out \(name).csr -subj /CN=\(name)\(names)")
            try run(
                "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copyall -out \(name).pem"
            )
        }
    }

    func remove() { try? FileManager.default.removeItem(atPath: directory) }

    private func run(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try Launcher.shared.run(process)
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw TestFailure("openssl failed") }
    }
}
