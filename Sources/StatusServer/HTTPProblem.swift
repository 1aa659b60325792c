import DecisionService
import HTTPTypes
import Hummingbird
import LimitCore
import NIOHTTP1
import WireProtocol

/// Why a request is not answered as it was meant to be: a status and one sentence for the body.
struct HTTPProblem: Error {
    var status: HTTPResponse.Status
    var message: String
    var fields = HTTPFields()

    init(_ status: HTTPResponse.Status, _ message: String, fields: HTTPFields = [:]) {
        self.status = status
        self.message = message
        self.fields = fields
    }

    /// The same problem, after which the connection is closed: the rest of the request is not read.
    func closing() -> HTTPProblem {
        var problem = self
        problem.fields[.connection] = "close"
        return problem
    }
}

extension HTTPProblem {
    /// The one place where what went wrong becomes a status.
    init(_ error: any Error) {
        switch error {
        case let problem as HTTPProblem: self = problem
        case let field as InvalidField: self.init(.badRequest, field.description)
        case let error as WireError where error.code == .invalidArgument: self.init(.badRequest, error.message)
        case let failure as CallFailure: self.init(failure)
        case let failure as AdminFailure: self.init(failure)
        case let error as HTTPError where error.status == .notFound: self.init(.notFound, "there is nothing here")
        case let error as HTTPError: self.init(error.status, error.body ?? error.status.reasonPhrase)
        default: self.init(.internalServerError, "the daemon has a bug here")
        }
    }

    init(_ failure: CallFailure) {
        switch failure {
        case .invalid(let field):
            self.init(.badRequest, field.description)
        case .deadlineExceeded:
            self.init(.serviceUnavailable, "the time was up before the call was decided", fields: [.retryAfter: "1"])
        case .unavailable(let reason):
            self.init(.serviceUnavailable, reason, fields: [.retryAfter: "1"])
        }
    }

    init(_ failure: AdminFailure) {
        switch failure {
        case .invalid(let text): self.init(.badRequest, text)
        case .notFound(let text): self.init(.notFound, text)
        case .full(let text): self.init(.conflict, text)
        case .refused(let text): self.init(.unprocessableContent, text)
        case .unavailable(let text): self.init(.serviceUnavailable, text, fields: [.retryAfter: "1"])
        }
    }

    static let headersTooLarge = HTTPProblem(.requestHeaderFieldsTooLarge, "the header fields are too large").closing()
    static let notHTTP = HTTPProblem(.badRequest, "this is not HTTP/1.1").closing()
    static let requestTooSlow = HTTPProblem(.requestTimeout, "the request did not arrive in time").closing()
    static let answerTooSlow = HTTPProblem(.serviceUnavailable, "the daemon did not answer in time").closing()

    /// What a failure of the HTTP parser is told as.
    init(parser error: any Error) {
        self = error as? HTTPParserError == .headerOverflow ? .headersTooLarge : .notHTTP
    }
}
