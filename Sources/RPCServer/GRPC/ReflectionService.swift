import WireProtocol

/// `ServerReflection`, v1 and v1alpha: what the daemon serves, for tools that have no contract at hand.
struct ReflectionService {
    private let files: [DescriptorFile]
    private let names: [String]

    /// Both versions, which tell of themselves as well as of the others.
    static func services(beside others: [GRPCService]) -> [GRPCService] {
        let own = [
            ("grpc.reflection.v1.ServerReflection", PackageResources.grpc_reflection_v1_reflection_binpb),
            ("grpc.reflection.v1alpha.ServerReflection", PackageResources.grpc_reflection_v1alpha_reflection_binpb),
        ]
        let service = ReflectionService(
            files: (others.map(\.descriptors) + own.map(\.1)).map(DescriptorFile.init(set:)),
            names: others.map(\.name) + own.map(\.0)
        )
        return own.map { name, descriptors in
            GRPCService(
                name: name,
                methods: [GRPCMethod("ServerReflectionInfo", .bidirectional, role: nil, service.serve)],
                descriptors: descriptors
            )
        }
    }

    private func serve(_ reply: GRPCReply, _ message: Span<UInt8>) throws(WireError) {
        let request = try ReflectionRequest(message)
        let answer = answer(request.question)
        reply.send { answer.append(answering: request, to: &$0) }
    }

    private func answer(_ question: ReflectionRequest.Question) -> ReflectionAnswer {
        switch question {
        case .services: .services(names)
        case .file(let name): answer { $0.name == name }
        case .fileOfSymbol(let symbol): answer { $0.symbols.contains(symbol) }
        // The contracts are proto3: there are no extensions.
        case .fileOfExtension, .extensionNumbers: .failure(.notFound, "there are no extensions")
        case .unknown: .failure(.unimplemented, "the question is not known")
        }
    }

    private func answer(_ isWanted: (DescriptorFile) -> Bool) -> ReflectionAnswer {
        guard let file = files.first(where: isWanted) else { return .failure(.notFound, "there is none of this name") }
        return .files([file.bytes])
    }
}
