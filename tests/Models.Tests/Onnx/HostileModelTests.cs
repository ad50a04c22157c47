using CsCheck;
using Google.Protobuf;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Tests.Onnx;

/// <summary>Files that somebody damaged or made to do harm: each is refused with an <see cref="OnnxModelException"/>, at once and without filling the memory.</summary>
public sealed class HostileModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-hostile-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Parse_MillionsOfEmptyNodes_AreRefusedBeforeTheyTakeMemory()
    {
        // Field 7 of the model (graph), and in it field 1 (node) of length 0, eleven million times: 22 MB that would become more than a gigabyte.
        const int Nodes = 11_000_000;
        byte[] head = [0x08, 0x08, 0x3A, .. Varint(2 * Nodes)];
        byte[] bytes = new byte[head.Length + (2 * Nodes)];
        head.CopyTo(bytes, 0);
        for (int i = head.Length; i < bytes.Length; i += 2)
        {
            bytes[i] = 0x0A;
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        OnnxModelException exception = Assert.Throws<OnnxModelException>(() => OnnxModel.Parse(bytes));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        Assert.Contains("parts", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_DeclaredLengthsBeyondTheFile_AllocateNothing()
    {
        // graph { initializer { raw_data: 2,000,000,000 bytes … of which none is there.
        byte[] tensor = [0x4A, .. Varint(2_000_000_000)];
        byte[] graph = [0x2A, .. Varint((ulong)tensor.Length), .. tensor];
        byte[] bytes = [0x08, 0x08, 0x3A, .. Varint((ulong)graph.Length), .. graph];

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<OnnxModelException>(() => OnnxModel.Parse(bytes));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Check_DimsOfExabytes_AllocateNothing()
    {
        ModelProto proto = TinyGraphs.ReluNeg();
        proto.Graph.Initializer[0].Dims[0] = 1L << 60;
        OnnxModel model = new(proto);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<OnnxModelException>(() => OnnxChecker.Check(model, "m.onnx"));
        Assert.Throws<OnnxModelException>(() => TensorData.ToFloats(proto.Graph.Initializer[0]));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void Parse_GraphsNestedBeyondTheStack_AreRefused()
    {
        // if { graph { node { attribute { g: … 2,000 levels, built from the inside.
        byte[] inner = [];
        for (int i = 0; i < 2_000; i++)
        {
            byte[] attribute = [0x32, .. Varint((ulong)inner.Length), .. inner];
            byte[] node = [0x2A, .. Varint((ulong)attribute.Length), .. attribute];
            inner = [0x0A, .. Varint((ulong)node.Length), .. node];
        }

        byte[] bytes = [0x08, 0x08, 0x3A, .. Varint((ulong)inner.Length), .. inner];

        Assert.Throws<OnnxModelException>(() => OnnxModel.Parse(bytes));
    }

    [Fact]
    public void Check_FunctionsThatMultiply_AreRefused()
    {
        // Each function calls the next one twice: 2⁶⁰ nodes once they are expanded.
        ModelProto proto = TinyGraphs.ReluNeg();
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "mine", Version = 1 });
        for (int i = 0; i < 60; i++)
        {
            NodeProto Call(string input, string output) => i < 59
                ? new NodeProto { OpType = $"F{i + 1}", Domain = "mine", Input = { input }, Output = { output } }
                : new NodeProto { OpType = "Relu", Input = { input }, Output = { output } };
            proto.Functions.Add(new FunctionProto
            {
                Name = $"F{i}",
                Domain = "mine",
                Input = { "x" },
                Output = { "y" },
                Node = { Call("x", "h"), Call("h", "y") },
            });
        }

        proto.Graph.Node[0].Domain = "mine";
        proto.Graph.Node[0].OpType = "F0";

        OnnxModelException exception = Assert.Throws<OnnxModelException>(() => OnnxChecker.Check(new OnnxModel(proto), "m.onnx"));

        Assert.Contains("functions stand for more than", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_LongChainOfFunctions_Passes()
    {
        ModelProto proto = TinyGraphs.ReluNeg();
        proto.OpsetImport.Add(new OperatorSetIdProto { Domain = "mine", Version = 1 });
        const int Functions = 20_000;
        for (int i = 0; i < Functions; i++)
        {
            string next = i + 1 < Functions ? $"F{i + 1}" : "F0";
            proto.Functions.Add(new FunctionProto
            {
                Name = $"F{i}",
                Domain = "mine",
                Input = { "x" },
                Output = { "y" },
                Node = { new NodeProto { OpType = next, Domain = "mine", Input = { "x" }, Output = { "y" } } },
            });
        }

        // The last one closes a circle of 20,000; without it the chain is sound.
        Assert.Contains("calls itself", Assert.Throws<OnnxModelException>(() => OnnxChecker.Check(new OnnxModel(proto), "m.onnx")).Message, StringComparison.Ordinal);
        proto.Functions[^1].Node[0].OpType = "Relu";
        proto.Functions[^1].Node[0].Domain = string.Empty;
        OnnxChecker.Check(new OnnxModel(proto), "m.onnx");
    }

    [Fact]
    public void Check_HugeName_DoesNotBecomeAHugeMessage()
    {
        ModelProto proto = TinyGraphs.ReluNeg();
        proto.Graph.Node[1].Input[0] = new string('n', 10_000_000);

        OnnxModelException exception = Assert.Throws<OnnxModelException>(() => OnnxChecker.Check(new OnnxModel(proto), "m.onnx"));

        Assert.InRange(exception.Message.Length, 1, 3000);
    }

    [Theory]
    [InlineData("../secret.bin", "outside")]
    [InlineData("/etc/hostname", "outside")]
    [InlineData("a/../../secret.bin", "outside")]
    [InlineData("", "outside")]
    [InlineData(".", "outside")]
    [InlineData("nul\0.bin", "not a file name")]
    [InlineData("nowhere.bin", "missing")]
    [InlineData("folder", "missing")]
    public void Load_ExternalLocation_IsRefusedUnlessAFileBesideTheModel(string location, string expected)
    {
        Directory.CreateDirectory(Path.Combine(_folder, "folder"));
        AssertExternalRefused(tensor => ExternalData.At(tensor, location, 0, 8), expected);
    }

    [Theory]
    [InlineData("offset", "-1", "whole number")]
    [InlineData("offset", "4", "cut short")]
    [InlineData("offset", "9223372036854775807", "cut short")]
    [InlineData("offset", "99999999999999999999", "whole number")]
    [InlineData("length", "4", "needs 8 bytes")]
    [InlineData("length", "9", "cut short")]
    [InlineData("length", "0x8", "whole number")]
    public void Load_ExternalRange_IsRefusedUnlessInsideTheFile(string key, string value, string expected)
    {
        File.WriteAllBytes(Path.Combine(_folder, "w.bin"), new byte[8]);
        AssertExternalRefused(
            tensor =>
            {
                TensorProto external = ExternalData.At(tensor, "w.bin", 0, 8);
                external.ExternalData.Single(entry => entry.Key == key).Value = value;
                return external;
            },
            expected);
    }

    [Theory]
    [InlineData("05fe405753166f125559e7c9ac558654f107c7e9", true)] // sha1sum of eight zero bytes
    [InlineData("05FE405753166F125559E7C9AC558654F107C7E9", true)]
    [InlineData("0000000000000000000000000000000000000000", false)]
    public void WithEmbeddedData_Checksum_IsCompared(string checksum, bool sound)
    {
        File.WriteAllBytes(Path.Combine(_folder, "w.bin"), new byte[8]);
        ModelProto proto = TinyGraphs.ReluNeg();
        proto.Graph.Initializer[0] = ExternalData.At(proto.Graph.Initializer[0], "w.bin", 0, 8);
        proto.Graph.Initializer[0].ExternalData.Add(new StringStringEntryProto { Key = "checksum", Value = checksum });
        OnnxModel model = new(proto, _folder);

        if (sound)
        {
            Assert.Equal([0f, 0f], TensorData.ToFloats(model.WithEmbeddedData().Proto.Graph.Initializer[0]));
        }
        else
        {
            Assert.Contains("SHA-1", Assert.Throws<OnnxModelException>(model.WithEmbeddedData).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Load_PointerOfGitLfs_SaysWhatToDo()
    {
        string path = Path.Combine(_folder, "model.onnx");
        File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");

        Assert.Contains("git lfs pull", Assert.Throws<OnnxModelException>(() => OnnxModel.Load(path)).Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Originals => ["tiny", "bert-pooler-torchscript17", "resnet50-bn-torchscript11", "swin-torchscript16", "bert-dynamo20"];

    [Theory]
    [MemberData(nameof(Originals))]
    public void Parse_MutatedModel_WorksOrIsRefused(string original)
    {
        byte[] whole = original == "tiny"
            ? TinyGraphs.ScaleThenMean().ToBytes()
            : File.ReadAllBytes(Repository.Shared("goldens", "zoo", original, "model.onnx"));

        // Most of a model is weights, where a change does nothing: half of the changes go to the first part, where the nodes are.
        Gen<int> position = Gen.OneOf(Gen.Int[0, whole.Length - 1], Gen.Int[0, whole.Length / 10]);
        Gen<(int Kind, int Position, int Length, byte Value)> change = Gen.Select(Gen.Int[0, 3], position, Gen.Int[1, 64], Gen.Byte);
        change.Array[1, 6].Sample(
            changes =>
            {
                byte[] mutated = changes.Aggregate(whole, Mutate);
                try
                {
                    OnnxModel model = OnnxModel.Parse(mutated);
                    Exercise(model);
                }
                catch (OnnxModelException)
                {
                    // The only way to fail.
                }
            },
            iter: original == "tiny" ? 5000 : 200);
    }

    private static byte[] Mutate(byte[] bytes, (int Kind, int Position, int Length, byte Value) change)
    {
        int start = Math.Min(change.Position, bytes.Length);
        int end = Math.Min(start + change.Length, bytes.Length);
        switch (change.Kind)
        {
            case 0 when start < bytes.Length:
                byte[] copy = [.. bytes];
                copy[start] = change.Value;
                return copy;
            case 1: // Something is missing.
                return [.. bytes.AsSpan(0, start), .. bytes.AsSpan(end)];
            case 2: // Something is there twice.
                return [.. bytes.AsSpan(0, end), .. bytes.AsSpan(start)];
            case 3 when change.Value < 8: // Cut off.
                return bytes[..start];
            default:
                return bytes;
        }
    }

    /// <summary>What other parts of the library do first with a model that was accepted.</summary>
    private static void Exercise(OnnxModel model)
    {
        _ = (model.Inputs, model.Outputs, model.Operators, model.Parameters, model.Opsets, model.Metadata);
        _ = model.ToBytes();
        if (model.Proto.Graph.Node.Count > 0 && model.Proto.Graph.Node[^1].Output is [{ Length: > 0 } last, ..])
        {
            OnnxModel slice = model.Slice([last]);
            _ = slice.Append(slice, new Dictionary<string, string>());
        }

        foreach (TensorProto tensor in model.Proto.Graph.Initializer)
        {
            _ = (DataTypeOf(tensor) is TensorProto.Types.DataType.String) ? TensorData.ToStrings(tensor).Length : TensorData.ToRaw(tensor, null).Length;
        }
    }

    private static TensorProto.Types.DataType DataTypeOf(TensorProto tensor) => (TensorProto.Types.DataType)tensor.DataType;

    private void AssertExternalRefused(Func<TensorProto, TensorProto> external, string expected)
    {
        ModelProto proto = TinyGraphs.ReluNeg();
        proto.Graph.Initializer[0] = external(proto.Graph.Initializer[0]);
        string path = Path.Combine(_folder, "m.onnx");
        File.WriteAllBytes(path, proto.ToByteArray());

        OnnxModelException exception = Assert.Throws<OnnxModelException>(() => OnnxModel.Load(path));

        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Contains("'w'", exception.Message, StringComparison.Ordinal);
    }

    private static byte[] Varint(ulong value)
    {
        List<byte> bytes = [];
        do
        {
            bytes.Add((byte)((value & 0x7F) | (value > 0x7F ? 0x80u : 0)));
            value >>= 7;
        }
        while (value > 0);
        return [.. bytes];
    }
}
