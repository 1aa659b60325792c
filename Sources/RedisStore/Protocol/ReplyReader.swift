internal import CHiredis

/// What is wrong with the bytes a server sent.
package enum ReplyProblem: Error, Equatable {
    case malformed
    /// A reply of more bytes than a sane one has.
    case tooLarge
}

/// Takes replies out of a stream of bytes, with hiredis's parser and without a tree of objects per reply.
package final class ReplyReader {
    private let reader: UnsafeMutablePointer<redisReader>
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>
    private let limit: Int
    fileprivate var reply = Reply()

    /// - Parameter limit: the most bytes a reply may have.
    package init(limit: Int) {
        self.limit = limit
        functions = .allocate(capacity: 1)
        functions.initialize(to: Self.objectFunctions)
        guard let reader = redisReaderCreateWithFunctions(functions) else { preconditionFailure("out of memory") }
        self.reader = reader
        reader.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
    }

    deinit {
        // hiredis frees what it was given for a reply that is not whole; there is nothing of it to free.
        redisReaderFree(reader)
        functions.deallocate()
    }

    /// Adds bytes that came.
    package func feed(_ bytes: UnsafeRawBufferPointer) throws(ReplyProblem) {
        let result = redisReaderFeed(reader, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        if result != REDIS_OK { throw .malformed }
    }

    /// Hands the next whole reply to `body`; false where there is none yet.
    package func next(_ body: (borrowing Reply) -> Void) throws(ReplyProblem) -> Bool {
        var object: UnsafeMutableRawPointer?
        guard redisReaderGetReply(reader, &object) == REDIS_OK else { throw .malformed }
        guard object != nil else {
            // What a reply leaves unread is at most the next replies; a single one may not grow past the limit.
            if reply.bytes.count + reply.nodes.count * 4 + reader.pointee.len - reader.pointee.pos > limit {
                throw .tooLarge
            }
            return false
        }
        body(reply)
        reply.removeAll()
        return true
    }
}

extension ReplyReader {
    /// Any address but null: hiredis only passes it on.
    private static var made: UnsafeMutableRawPointer? { UnsafeMutableRawPointer(bitPattern: 8) }

    private static func reader(_ task: UnsafePointer<redisReadTask>?) -> ReplyReader {
        guard let owner = task?.pointee.privdata else { preconditionFailure("a reader without its owner") }
        return Unmanaged<ReplyReader>.fromOpaque(owner).takeUnretainedValue()
    }

    private static var objectFunctions: redisReplyObjectFunctions {
        redisReplyObjectFunctions(
            createString: { task, text, count in
                let reader = ReplyReader.reader(task)
                let range = reader.reply.append(UnsafeRawBufferPointer(start: text, count: count))
                switch task?.pointee.type {
                case REDIS_REPLY_ERROR: reader.reply.append(.error(range))
                case REDIS_REPLY_STATUS: reader.reply.append(.status(range))
                default: reader.reply.append(.string(range))
                }
                return ReplyReader.made
            },
            createArray: { task, count in
                ReplyReader.reader(task).reply.append(.array(count: Int(count)))
                return ReplyReader.made
            },
            createInteger: { task, value in
                ReplyReader.reader(task).reply.append(.integer(Int64(value)))
                return ReplyReader.made
            },
            createNil: { task in
                ReplyReader.reader(task).reply.append(.null)
                return ReplyReader.made
            },
            freeObject: { _ in }
        )
    }
}
