using Google.Protobuf;
using MLTransfer.Models.Onnx;
using MLTransfer.Models.Onnx.Protos;

namespace MLTransfer.Models.Tests.Onnx;

public sealed class OnnxModelTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mltransfer-onnx-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("models")]
    [InlineData("goldens/zoo")]
    [InlineData("goldens/onnx-node-tests")]
    public void ToBytes_UnchangedRealModels_AreByteIdentical(string folder)
    {
        string[] files = Directory.GetFiles(Repository.Shared(folder.Split('/')), "*.onnx", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            // Graphs without weights break a rule of the checker; they are read all the same.
            byte[] written = OnnxModel.Read(file).Proto.ToByteArray();

            Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(written), $"{file} came back with other bytes.");
        }
    }

    [Fact]
    public void ToBytes_UnknownField_Survives()
    {
        // Field 99 of ModelProto, a varint: not in the specification.
        byte[] unknown = [0x98, 0x06, 0x2A];
        byte[] bytes = [.. TinyGraphs.ScaleThenMean().ToBytes(), .. unknown];
        OnnxModel model = OnnxModel.Parse(bytes);

        Assert.Equal(bytes, model.ToBytes());
        Assert.Equal(unknown, model.Slice(["y"]).ToBytes()[^3..]);
        Assert.Equal(unknown, model.Append(TinyGraphs.ScaleThenMean(), new Dictionary<string, string> { ["x"] = "hidden" }).ToBytes()[^3..]);
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
        if (OperatingSystem.IsWindows() || new DriveInfo(_folder).AvailableFreeSpace < 1L << 30)
        {
            Assert.Skip("Needs a file system with sparse files and some room.");
        }

        // A file with holes: 2.3 GB long, nothing of it on disk but the last page; its copy is the same.
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

        Assert.Contains("2 GB", Assert.Throws<OnnxModelException>(() => model.WithEmbeddedData()).Message, StringComparison.Ordinal);
        string copy = Path.Combine(_folder, "copy.onnx");
        model.Save(copy);

        OnnxModel back = OnnxModel.Load(copy);
        Assert.True(new FileInfo(copy + ".data").Length > int.MaxValue);
        Assert.Equal(42f, TensorData.ToFloats(back.Proto.Graph.Initializer[1], back.Directory)[^1]);
    }

    [Fact]
    public void Save_OverItself_KeepsTheDataAndLeavesNoOtherFile()
    {
        OnnxModel model = new(TinyGraphs.ReluNeg());
        string path = Path.Combine(_folder, "again.onnx");
        model.Save(path, externalData: true, smallestExternalTensor: 1);
        Assert.True(Assert.Single(OnnxModel.Load(path).Parameters).IsExternal);

        // The data of the old file is read while the new one is written.
        OnnxModel.Load(path).Save(path, externalData: true, smallestExternalTensor: 1);

        OnnxModel back = OnnxModel.Load(path);
        Assert.Equal([1f, 2f], TensorData.ToFloats(back.Proto.Graph.Initializer[0], back.Directory));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
    }

    [Fact]
    public void Save_WhereItCannotBeWritten_LeavesTheOldFile()
    {
        string path = Path.Combine(_folder, "kept.onnx");
        TinyGraphs.ScaleThenMean().Save(path);
        byte[] before = File.ReadAllBytes(path);
        ModelProto broken = TinyGraphs.ReluNeg();
        broken.Graph.Initializer.Add(ExternalData.At(broken.Graph.Initializer[0], "nowhere.bin", 0, 8));

        Assert.Throws<OnnxModelException>(() => new OnnxModel(broken, _folder).Save(path));
        Assert.Throws<OnnxModelException>(() => new OnnxModel(broken, _folder).Save(path, externalData: true, smallestExternalTensor: 1));

        Assert.Equal(before, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(_folder));
    }

    [Fact]
    public void WithEmbeddedData_ExternalTensorOfANode_ComesInside()
    {
        File.WriteAllBytes(Path.Combine(_folder, "w.bin"), [0, 0, 128, 63, 0, 0, 0, 64]);
        ModelProto proto = TinyGraphs.ReluNeg();
        proto.Graph.Initializer.Clear();
        proto.Graph.Node.Insert(0, new NodeProto
        {
            OpType = "Constant",
            Output = { "w" },
            Attribute =
            {
                new AttributeProto
                {
                    Name = "value",
                    Type = AttributeProto.Types.AttributeType.Tensor,
                    T = ExternalData.At(TensorData.Floats("w", [2], [0f, 0f]), "w.bin", 0, 8),
                },
            },
        });
        OnnxModel model = new(proto, _folder);

        Assert.Equal([1f, 2f], TensorData.ToFloats(model.WithEmbeddedData().Proto.Graph.Node[0].Attribute[0].T));
        model.Save(Path.Combine(_folder, "m.onnx"), externalData: true);
        Assert.Equal([1f, 2f], TensorData.ToFloats(OnnxModel.Load(Path.Combine(_folder, "m.onnx")).Proto.Graph.Node[0].Attribute[0].T));
    }

    [Fact]
    public void DescribeTensor_InnerTensorThatTheFileIsSilentAbout_IsInferredByOnnxRuntime()
    {
        OnnxModel model = TinyGraphs.ScaleThenMean();
        string inner = model.Proto.Graph.Node[0].Output[0];

        Assert.Equal($"{inner}: float [n, 3]", model.DescribeTensor(inner).ToString());
        Assert.Equal("y: float [n, 1]", model.DescribeTensor("y").ToString());
        Assert.Contains("'hidden'", Assert.Throws<OnnxModelException>(() => model.DescribeTensor("hiden")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void DescribeTensor_SkeletonWithoutWeights_IsInferredFromShapesAlone()
    {
        OnnxModel model = OnnxModel.Read(Repository.Shared("models", "skeletons", "resnet18.onnx"));
        model.Proto.Graph.ValueInfo.Clear();
        string pooled = model.Proto.Graph.Node.Single(static node => node.OpType == "GlobalAveragePool").Output[0];

        OnnxValue value = model.DescribeTensor(pooled);

        Assert.Equal(["512", "1", "1"], value.Dimensions!.Skip(1));
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
