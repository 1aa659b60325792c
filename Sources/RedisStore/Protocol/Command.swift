internal import NIOCore

/// Writes commands in Redis's protocol, length-prefixed strings in an array.
enum Command {
    /// Writes a whole command.
    static func write(_ parts: [String], to buffer: inout ByteBuffer) {
        begin(parts.count, in: &buffer)
        for part in parts { append(part.utf8, to: &buffer) }
    }

    /// Starts a command of so many parts.
    static func begin(_ count: Int, in buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: "*"))
        writeNumber(count, to: &buffer)
        buffer.writeStaticString("\r\n")
    }

    static func append(_ part: some Collection<UInt8>, to buffer: inout ByteBuffer) {
        buffer.writeInteger(UInt8(ascii: "$"))
        writeNumber(part.count, to: &buffer)
        buffer.writeStaticString("\r\n")
        buffer.writeBytes(part)
        buffer.writeStaticString("\r\n")
    }

    private static func writeNumber(_ number: Int, to buffer: inout ByteBuffer) {
        if number < 10 {
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(number))
        } else if number < 100 {
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(number / 10))
            buffer.writeInteger(UInt8(ascii: "0") + UInt8(number % 10))
        } else {
            buffer.writeString(String(number))
        }
    }
}
