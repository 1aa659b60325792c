import DecisionService
import Hummingbird
import LimitCore

extension Routes {
    func check(_ request: Request) async throws -> Response {
        try await decide(try CheckCodec.decode(try await read(request)))
    }

    func checkMany(_ request: Request) async throws -> Response {
        let checks = try CheckCodec.decodeMany(try await read(request))
        let answers = try await gate.decide(timeLeft: timeLeft, asMany: true) { questions in
            for check in checks { _ = try questions.append(check) }
        }
        return Answer.json(CheckCodec.encode(try answers.map { try $0.get() }))
    }

    /// A check that charges nothing and tells every limit, whatever its body says of that.
    func inspect(_ request: Request) async throws -> Response {
        var check = try CheckCodec.decode(try await read(request))
        check.peek = true
        check.allLimits = true
        return try await decide(check)
    }

    func read(_ request: Request) async throws -> [UInt8] {
        try await CheckBody(maxBytes: settings.maxBodyBytes).read(request)
    }

    private func decide(_ check: CheckRequest) async throws -> Response {
        let answers = try await gate.decide(timeLeft: timeLeft) { questions in
            _ = try questions.append(check)
        }
        guard let answer = answers.first else { preconditionFailure("a check was not answered") }
        return Answer.json(CheckCodec.encode(try answer.get()))
    }

    var timeLeft: Microseconds {
        Microseconds(settings.requestTimeout / .microseconds(1))
    }
}
