import LimitCore
import WireProtocol

/// What the header fields of a call say, as far as the daemon wants to know.
struct RequestHead {
    enum Encoding {
        case identity
        case gzip
        case unknown
    }

    /// The method that the path names.
    private(set) var method: GRPCMethod?
    private(set) var encoding = Encoding.identity
    /// In microseconds.
    private(set) var timeout: Microseconds?
    private var isPost = false
    private var isGRPC = false
    private var isTimeoutBroken = false
    private var listBytes = 0

    /// Takes a field; `find` knows the method of a path. False where the list is far past its bound: the connection
    /// must end.
    mutating func take(
        name: Span<UInt8>,
        value: Span<UInt8>,
        find: (Span<UInt8>) -> GRPCMethod?
    ) -> Bool {
        listBytes += name.count + value.count + 32
        guard listBytes <= HTTP2Bounds.headerList else { return listBytes <= HTTP2Bounds.hostileHeaderList }
        switch name.count {
        case 5 where name.matches(":path"): method = find(value)
        case 7 where name.matches(":method"): isPost = value.matches("POST")
        case 12 where name.matches("content-type"): isGRPC = Self.isGRPC(value)
        case 12 where name.matches("grpc-timeout"):
            timeout = GRPCTimeout.parse(value)
            isTimeoutBroken = timeout == nil
        case 13 where name.matches("grpc-encoding"):
            encoding = value.matches("identity") ? .identity : value.matches("gzip") ? .gzip : .unknown
        default: break
        }
        return true
    }

    /// The status of HTTP that answers what is no gRPC call.
    var problem: StaticString? {
        if listBytes > HTTP2Bounds.headerList { return "431" }
        if !isPost { return "405" }
        return isGRPC ? nil : "415"
    }

    /// Why a gRPC call cannot be carried out.
    var failure: WireError? {
        if isTimeoutBroken { return WireError(.invalidArgument, "grpc-timeout is no timeout") }
        if method == nil { return WireError(.unimplemented, "the method is not known") }
        if encoding == .unknown { return WireError(.unimplemented, "the grpc-encoding is not known") }
        return nil
    }

    /// `application/grpc` or `application/grpc+proto`, with or without parameters.
    private static func isGRPC(_ value: Span<UInt8>) -> Bool {
        let type: StaticString = "application/grpc"
        let plain = type.utf8CodeUnitCount
        guard value.count >= plain, value.extracting(..<plain).matches(type) else { return false }
        var rest = value.extracting(plain...)
        let proto: StaticString = "+proto"
        if rest.count >= proto.utf8CodeUnitCount, rest.extracting(..<proto.utf8CodeUnitCount).matches(proto) {
            rest = rest.extracting(proto.utf8CodeUnitCount...)
        }
        return rest.isEmpty || rest[0] == UInt8(ascii: ";")
    }
}

extension Span<UInt8> {
    /// Whether the bytes are those of the text.
    func matches(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in indices where self[index] != text.utf8Start[index] { return false }
        return true
    }

    func matches(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        for index in indices where self[index] != other[index] { return false }
        return true
    }
}
