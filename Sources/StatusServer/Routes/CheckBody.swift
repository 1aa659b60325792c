import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore

/// Reads the body of a check.
///
/// It is JSON whatever it is called by those who do not say: no content type at all, and that of a form, which
/// `curl -d` sends, are taken. Any other is refused, since its sender means something else.
struct CheckBody {
    let maxBytes: Int

    func read(_ request: Request) async throws -> [UInt8] {
        try checkType(request.headers)
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > maxBytes { throw tooLarge }
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: maxBytes)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
        if buffer.readableBytes == 0 { throw HTTPProblem(.badRequest, "the body is empty") }
        return Array(buffer.readableBytesView)
    }

    private func checkType(_ fields: HTTPFields) throws(HTTPProblem) {
        if let coding = fields[.contentEncoding], coding.lowercased() != "identity" {
            let accepted: HTTPFields = [.acceptEncoding: "identity"]
            throw HTTPProblem(.unsupportedMediaType, "the body must not be compressed", fields: accepted)
        }
        guard let field = fields[.contentType] else { return }
        let type = field.prefix { $0 != ";" && $0 != " " }.lowercased()
        if type != "application/json", type != "application/x-www-form-urlencoded" {
            throw HTTPProblem(.unsupportedMediaType, "the content type must be application/json")
        }
    }

    private var tooLarge: HTTPProblem {
        HTTPProblem(.contentTooLarge, "the body is larger than \(maxBytes) bytes").closing()
    }
}
