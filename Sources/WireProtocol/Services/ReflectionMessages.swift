import LimitCore

/// A question of server reflection (`grpc.reflection.v1`; `v1alpha` has the same messages).
package struct ReflectionRequest: Sendable, Equatable {
    package enum Question: Sendable, Equatable {
        case file(String)
        case fileOfSymbol(String)
        case fileOfExtension(type: String)
        case extensionNumbers(type: String)
        case services
        /// One of a later version, or none at all.
        case unknown
    }

    package var host = ""
    package var question = Question.unknown
    /// The request as it came: the answer repeats it.
    package var original: [UInt8]

    package init(_ payload: Span<UInt8>) throws(WireError) {
        original = Array(copying: payload)
        do throws(InvalidField) {
            try read(payload)
        } catch {
            throw WireError(error)
        }
    }

    private mutating func read(_ payload: Span<UInt8>) throws(InvalidField) {
        var fields = FieldReader(0..<payload.count)
        while try fields.next(in: payload) {
            switch fields.number {
            case 1: host = try Self.name(&fields, payload, "host")
            case 3: question = .file(try Self.name(&fields, payload, "file_by_filename"))
            case 4: question = .fileOfSymbol(try Self.name(&fields, payload, "file_containing_symbol"))
            case 5:
                let range = try fields.range(in: payload, "file_containing_extension")
                question = .fileOfExtension(type: try Self.containingType(payload, range))
            case 6: question = .extensionNumbers(type: try Self.name(&fields, payload, "all_extension_numbers_of_type"))
            case 7:
                _ = try fields.range(in: payload, "list_services")
                question = .services
            default: try fields.skip(in: payload)
            }
        }
    }

    private static func name(
        _ fields: inout FieldReader,
        _ payload: Span<UInt8>,
        _ field: StaticString
    ) throws(InvalidField) -> String {
        try WireBounds.text(payload.extracting(fields.range(in: payload, field)), field, atMost: WireBounds.symbol)
    }

    private static func containingType(_ payload: Span<UInt8>, _ range: Range<Int>) throws(InvalidField) -> String {
        var fields = FieldReader(range)
        var type = ""
        while try fields.next(in: payload) {
            guard fields.number == 1 else {
                try fields.skip(in: payload)
                continue
            }
            type = try name(&fields, payload, "containing_type")
        }
        return type
    }
}

/// What a question of server reflection is answered with.
package enum ReflectionAnswer: Sendable, Equatable {
    /// Serialized FileDescriptorProtos.
    case files([[UInt8]])
    case services([String])
    case failure(StatusCode, String)

    /// Appends a ServerReflectionResponse.
    package func append(answering request: ReflectionRequest, to out: inout [UInt8]) {
        out.appendField(1, Array(request.host.utf8))
        out.appendField(2, request.original)
        switch self {
        case .files(let files):
            var response: [UInt8] = []
            for file in files { response.appendField(1, file) }
            out.appendField(4, response)
        case .services(let names):
            var response: [UInt8] = []
            for name in names {
                var service: [UInt8] = []
                service.appendField(1, Array(name.utf8))
                response.appendField(1, service)
            }
            out.appendField(6, response)
        case .failure(let code, let message):
            var response: [UInt8] = []
            response.append(addingCapacity: 4) { $0.field(1, varint: UInt64(code.rawValue)) }
            response.appendField(2, Array(message.utf8))
            out.appendField(7, response)
        }
    }
}

extension [UInt8] {
    /// Appends a field of type string, bytes or message, also where it is empty.
    fileprivate mutating func appendField(_ number: UInt8, _ bytes: [UInt8]) {
        append(addingCapacity: FieldSize.message(count: bytes.count)) { out in
            out.header(number, count: bytes.count)
            if !bytes.isEmpty { bytes.withUnsafeBufferPointer { for byte in $0 { out.append(byte) } } }
        }
    }
}
