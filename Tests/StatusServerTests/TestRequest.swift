import Testing

/// A request as it is written to the socket.
struct TestRequest: Sendable, CustomStringConvertible {
    var method: String
    var path: String
    var fields: [(String, String)]
    var body: String

    init(
        _ method: String,
        _ path: String,
        host: String? = "localhost",
        fields: [(String, String)] = [],
        body: String = ""
    ) {
        self.method = method
        self.path = path
        self.fields = (host.map { [("Host", $0)] } ?? []) + fields
        self.body = body
    }

    static func get(_ path: String) -> TestRequest {
        TestRequest("GET", path)
    }

    /// A post of JSON.
    static func post(_ path: String, _ body: String) -> TestRequest {
        TestRequest("POST", path, fields: [("Content-Type", "application/json")], body: body)
    }

    var text: String {
        var text = "\(method) \(path) HTTP/1.1\r\n"
        for (name, value) in fields { text += "\(name): \(value)\r\n" }
        if !body.isEmpty { text += "Content-Length: \(body.utf8.count)\r\n" }
        return text + "\r\n" + body
    }

    var description: String { "\(method) \(path)" }
}

/// Bytes for the socket, under the name that a test shows.
struct Bytes: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String

    init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }

    var testDescription: String { name }
}
