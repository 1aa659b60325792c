import CProtos
import LimitCore

/// The memory that libprotobuf-c unpacks into and packs from: one block, handed out from front to back, all taken
/// back at once.
///
/// Frees do nothing and there is no heap behind it: what does not fit is refused, so that a message of thousands of
/// empty fields, which costs up to 68 times its length, cannot cost more than the block. Memory is handed out zeroed.
final class Arena {
    private struct State {
        var allocator = ProtobufCAllocator()
        var base: UnsafeMutableRawPointer
        var capacity: Int
        var used = 0
        var isExhausted = false

        mutating func allocate(_ count: Int) -> UnsafeMutableRawPointer? {
            guard count >= 0, count <= capacity - used else {
                isExhausted = true
                return nil
            }
            let start = base + used
            start.initializeMemory(as: UInt8.self, repeating: 0, count: count)
            // Up to the next multiple of 16, the strictest alignment malloc promises.
            used = min(capacity, (used + count + 15) & ~15)
            return start
        }
    }

    private let state: UnsafeMutablePointer<State>

    init(capacity: Int) {
        state = .allocate(capacity: 1)
        state.initialize(to: State(base: .allocate(byteCount: capacity, alignment: 16), capacity: capacity))
        state.pointee.allocator = ProtobufCAllocator(
            alloc: { data, size in
                guard let size = Int(exactly: size) else { return nil }
                return data?.assumingMemoryBound(to: State.self).pointee.allocate(size)
            },
            free: { _, _ in },
            allocator_data: state
        )
    }

    deinit {
        state.pointee.base.deallocate()
        state.deinitialize(count: 1)
        state.deallocate()
    }

    /// Takes back everything that was handed out. No pointer into the arena may be used after it.
    func reset() {
        state.pointee.used = 0
        state.pointee.isExhausted = false
    }

    /// Something was asked for since the reset that did not fit.
    var isExhausted: Bool { state.pointee.isExhausted }

    /// The arena as libprotobuf-c takes it, valid for as long as the arena lives.
    var allocator: UnsafeMutablePointer<ProtobufCAllocator>? {
        UnsafeMutableRawPointer(state)
            .advanced(by: MemoryLayout<State>.offset(of: \.allocator) ?? 0)
            .assumingMemoryBound(to: ProtobufCAllocator.self)
    }

    /// Zeroed room for values of a C type.
    func allocate<Value>(_ type: Value.Type, count: Int = 1) throws(WireError) -> UnsafeMutablePointer<Value> {
        guard let memory = state.pointee.allocate(count * MemoryLayout<Value>.stride) else {
            throw WireError(.resourceExhausted, "the message is too large")
        }
        return memory.bindMemory(to: type, capacity: count)
    }

    /// A copy of the bytes as a C message holds them.
    func copy(_ bytes: Span<UInt8>) throws(WireError) -> ProtobufCBinaryData {
        if bytes.isEmpty { return ProtobufCBinaryData(len: 0, data: nil) }
        let copy = try allocate(UInt8.self, count: bytes.count)
        for index in bytes.indices { copy[index] = bytes[index] }
        return ProtobufCBinaryData(len: bytes.count, data: copy)
    }
}

extension Arena {
    /// Unpacks a message with the function generated for it and hands it to `body`; nothing of it may outlive that.
    ///
    /// Throws with the code given where the bytes are no such message, are too many parts for the arena, or where
    /// `body` finds a field invalid.
    func withMessage<Message, Value>(
        _ payload: Span<UInt8>,
        orThrow code: StatusCode,
        _ unpack: (UnsafeMutablePointer<ProtobufCAllocator>?, Int, UnsafePointer<UInt8>?) -> UnsafeMutablePointer<
            Message
        >?,
        _ body: (Message) throws(InvalidField) -> Value
    ) throws(WireError) -> Value {
        reset()
        guard let message = payload.withUnsafeBufferPointer({ unpack(allocator, $0.count, $0.baseAddress) }) else {
            throw WireError(code, "message \(isExhausted ? "has too many parts" : "is no valid protobuf")")
        }
        do throws(InvalidField) {
            return try body(message.pointee)
        } catch {
            throw WireError(code, error.description)
        }
    }

    /// A C message of the type, made ready by the function generated for it.
    func make<Message>(
        _ initialize: (UnsafeMutablePointer<Message>?) -> Void
    ) throws(WireError) -> UnsafeMutablePointer<Message> {
        let message = try allocate(Message.self)
        initialize(message)
        return message
    }

    /// The array of pointers that a repeated field of messages is in C.
    func makeAll<Element, Message>(
        _ elements: [Element],
        _ convert: (Element) throws(WireError) -> UnsafeMutablePointer<Message>
    ) throws(WireError) -> UnsafeMutablePointer<UnsafeMutablePointer<Message>?>? {
        if elements.isEmpty { return nil }
        let pointers = try allocate(UnsafeMutablePointer<Message>?.self, count: elements.count)
        for (index, element) in elements.enumerated() { pointers[index] = try convert(element) }
        return pointers
    }

    /// Appends the message as protobuf. Every C message begins with a `ProtobufCMessage`.
    func pack<Message>(_ message: UnsafeMutablePointer<Message>, to out: inout [UInt8]) {
        let base = UnsafeRawPointer(message).assumingMemoryBound(to: ProtobufCMessage.self)
        let count = protobuf_c_message_get_packed_size(base)
        out.append(addingCapacity: count) { span in
            span.withUnsafeMutableBufferPointer { buffer, initialized in
                guard let start = buffer.baseAddress else { return }
                initialized += protobuf_c_message_pack(base, start + initialized)
            }
        }
    }
}

extension ProtobufCBinaryData {
    /// A copy of the bytes.
    var bytes: [UInt8] { Array(UnsafeBufferPointer(start: data, count: len)) }

    /// A copy of the bytes as text.
    var text: String { String(decoding: UnsafeBufferPointer(start: data, count: len), as: UTF8.self) }
}
