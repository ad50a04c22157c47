using Google.Protobuf;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Tests.Onnx;

public sealed class OnnxModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> RealModels => [
        "models/efficientnet-lite0.onnx", "models/all-MiniLM-L6-v2.onnx", "models/speech-embedding.onnx",
        "goldens/zoo/bert-dynamo20/model.onnx", "goldens/zoo/swin-torchscript16/model.onnx", "goldens/zoo/unet-dynamic-torchscript16/model.onnx",
        "goldens/zoo/gpt2-dynamo18/model.onnx", "goldens/zoo/resnet18-dynamo18/model.onnx"];

    [Theory]
    [MemberData(nameof(RealModels))]
    public void ToBytes_UnchangedRealModel_IsByteIdenticalOrEqualMessage(string file)
    {
        string path = Repository.Shared(file.Split('/'));
        OnnxModel model = OnnxModel.Load(path);

        byte[] written = model.ToBytes();

        // The reference reader of the fields is the one that does not know them: unknown fields must survive too.
        Assert.Equal(model.Proto, ModelProto.Parser.ParseFrom(written));
        Assert.Equal(new FileInfo(path).Length, written.LongLength);
    }

    [Fact]
    public void ToBytes_UnknownField_Survives()
    {
        // Field 99 of ModelProto, a varint: not in the specification.
        byte[] unknown = [0x98, 0x06, 0x2A];
        byte[] bytes = [.. TinyGraphs.ScaleThenMean().ToBytes(), .. unknown];

        byte[] written = OnnxModel.Parse(bytes).ToBytes();

        Assert.Equal(unknown, written[^3..]);
    }

    [Fact]
    public void Inputs_TinyGraph_AreListedWithTypeAndDims()
    {
        OnnxModel model = TinyGraphs.ScaleThenMean();

        Assert.Equal("x: float [n, 3]", Assert.Single(model.Inputs).ToString());
        Assert.Equal(["hidden: float [n, 3]", "y: float [n, 1]"], model.Outputs.Select(static output => output.ToString()));
        Assert.Equal(1, model.Operators.Single(static entry => entry.Type == "ReduceMean").Count);
        Assert.Equal(17, model.Opsets[string.Empty]);
    }

    [Theory]
    [InlineData(11)]
    [InlineData(17)]
    [InlineData(18)]
    public void Reduce_EveryOpset_RunsInOnnxRuntime(long opset)
    {
        float[] y = Runtime.Run(TinyGraphs.ScaleThenMean(opset), ("x", [1, 2, 3, 0, 0, 6], [2, 3]))["y"];

        // (2·(1+2+3)+3)/3 and (2·6+3)/3
        Assert.Equal([5f, 5f], y);
    }

    [Fact]
    public void Save_WithExternalData_LoadsInOnnxRuntimeAndIsEqualWhenEmbeddedAgain()
    {
        OnnxModel model = OnnxModel.Load(Repository.Shared("goldens", "zoo", "resnet18-bn-torchscript13", "model.onnx")).WithEmbeddedData();
        string path = Path.Combine(_folder, "external.onnx");

        model.Save(path, externalData: true);

        Assert.True(new FileInfo(path + ".data").Length > new FileInfo(path).Length);
        OnnxModel back = OnnxModel.Load(path);
        Assert.Contains(back.Parameters, static parameter => parameter.IsExternal);
        foreach ((TensorProto expected, TensorProto actual) in model.Proto.Graph.Initializer.Zip(back.WithEmbeddedData().Proto.Graph.Initializer))
        {
            Assert.Equal(TensorData.ToRaw(expected).ToArray(), TensorData.ToRaw(actual).ToArray());
        }

        using Microsoft.ML.OnnxRuntime.InferenceSession session = new(path);
        Assert.NotEmpty(session.OutputNames);
    }

    [Fact]
    public void Save_MoreThan2GB_IsReadAndWrittenWithExternalData()
    {
        const long Rows = 2_300_000_000 / 4 / 1024;
        if (new DriveInfo(_folder).AvailableFreeSpace < 8L << 30)
        {
            Assert.Skip("Needs 8 GB of free disk.");
        }

        // A file with holes: 2.3 GB long, nothing of it on disk until it is written again.
        string data = Path.Combine(_folder, "weights.bin");
        using (FileStream stream = File.Create(data))
        {
            stream.SetLength(Rows * 1024 * 4);
            stream.Position = stream.Length - 4;
            stream.Write(BitConverter.GetBytes(42f));
        }

        ModelProto proto = TinyGraphs.ReluNeg();
        proto.Graph.Node[1].Input[1] = "row";
        proto.Graph.Initializer.Clear();
        proto.Graph.Initializer.Add(ExternalData.At(
            new TensorProto { Name = "big", DataType = (int)TensorProto.Types.DataType.Float, Dims = { Rows - 1, 1024 } }, "weights.bin", 0, (Rows - 1) * 4096));
        proto.Graph.Initializer.Add(ExternalData.At(
            new TensorProto { Name = "row", DataType = (int)TensorProto.Types.DataType.Float, Dims = { 1, 1024 } }, "weights.bin", (Rows - 1) * 4096, 4096));
        string path = Path.Combine(_folder, "big.onnx");
        File.WriteAllBytes(path, proto.ToByteArray());
        OnnxModel model = OnnxModel.Load(path);

        Assert.Throws<OnnxModelException>(() => model.WithEmbeddedData());
        string copy = Path.Combine(_folder, "copy.onnx");
        model.Save(copy);

        OnnxModel back = OnnxModel.Load(copy);
        Assert.True(new FileInfo(copy + ".data").Length > int.MaxValue);
        Assert.Equal(42f, TensorData.ToFloats(back.Proto.Graph.Initializer[1], back.Directory)[^1]);
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("this is a text and not a model, however long it may be", "not an ONNX model")]
    public void Load_NotAModel_SaysSo(string content, string expected)
    {
        string path = Path.Combine(_folder, "model.onnx");
        File.WriteAllText(path, content);

        OnnxModelException exception = Assert.Throws<OnnxModelException>(() => OnnxModel.Load(path));

        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_TruncatedAnywhere_IsAnOnnxModelException()
    {
        byte[] whole = TinyGraphs.ScaleThenMean().ToBytes();
        for (int length = 1; length < whole.Length; length++)
        {
            byte[] part = whole[..length];
            try
            {
                OnnxModel.Parse(part);
            }
            catch (OnnxModelException)
            {
                continue;
            }

            // Only a cut behind the graph, among optional fields, can leave a whole model.
            Assert.True(length > whole.Length / 2, $"A model cut to {length} of {whole.Length} bytes was accepted.");
        }
    }

    [Fact]
    public void Load_ExternalDataOutsideItsFolder_IsRefused()
    {
        ModelProto proto = TinyGraphs.ReluNeg();
        proto.Graph.Initializer[0] = ExternalData.At(proto.Graph.Initializer[0], "../secret.bin", 0, 8);
        File.WriteAllBytes(Path.Combine(_folder, "m.onnx"), proto.ToByteArray());

        OnnxModelException exception = Assert.Throws<OnnxModelException>(() => OnnxModel.Load(Path.Combine(_folder, "m.onnx")));

        Assert.Contains("outside", exception.Message, StringComparison.Ordinal);
    }
}
