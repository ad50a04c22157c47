using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MLTransfer.Pipelines.Tasks.Events;
using MLTransfer.Runner.RunFolders;

namespace MLTransfer.Runner.Tests;

public sealed class ExportTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Export_TextModel_TakesTextsInOnnxRuntimeAlone()
    {
        TinyBackbone.WriteTexts(_folder);
        _folder.Write("train.csv", TinyData.Texts(20));
        _folder.Write("pipeline.json", """
            {
              "task": "multiclass-classification", "data": { "train": "train.csv", "testFraction": 0.2 },
              "features": [ { "text": "Text", "backbone": "./tiny-text" } ], "head": { "trainer": "lbfgs" }, "output": "runs/texts"
            }
            """);
        (await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet")).AssertEnded(ExitCode.Success);

        RunnerCall call = await RunnerCall.InAsync(_folder, "export", "runs/texts", "--json");

        Assert.True(call.ExitCode == ExitCode.Success, call.Error);
        Assert.Equal(40, (int)call.Lines[^1]["export"]!["rowsCompared"]!);
        using InferenceSession session = new(_folder.PathOf("runs/texts/model.onnx"));
        DenseTensor<string> texts = new(new[] { "a lovely film", "a terrible story", "" }, [3, 1]);
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run([NamedOnnxValue.CreateFromTensor("Text", texts)]);
        Assert.Equal(["good", "bad"], results.Single(static value => value.Name == "PredictedLabel").AsEnumerable<string>().Take(2));
        Assert.Equal(1, results.Single(static value => value.Name == "Score").AsEnumerable<float>().Take(2).Sum(), 4);
    }

    [Fact]
    public async Task Export_ImageModel_TakesPixels()
    {
        TinyBackbone.WriteImages(_folder);
        TinyData.WriteImages(_folder, "train", perClass: 6);
        TinyData.WriteImages(_folder, "test", perClass: 2);
        _folder.Write("pipeline.json", """
            {
              "task": "multiclass-classification", "data": { "train": "train", "test": "test" },
              "features": [ { "image": "ImagePath", "backbone": "./tiny-image" } ], "head": { "trainer": "lbfgs", "l2Regularization": 0.01 }, "output": "runs/images"
            }
            """);
        (await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet")).AssertEnded(ExitCode.Success);

        RunnerCall call = await RunnerCall.InAsync(_folder, "export", "runs/images", "--output", "images.onnx", "--rows", "5");

        Assert.True(call.ExitCode == ExitCode.Success, call.Error);
        using InferenceSession session = new(_folder.PathOf("images.onnx"));
        (string name, NodeMetadata input) = Assert.Single(session.InputMetadata);
        Assert.Equal("pixels", name);
        int height = input.Dimensions[2];
        int width = input.Dimensions[3];

        // Green is the middle channel, whatever the order of the others.
        DenseTensor<byte> pixels = new([1, 3, height, width]);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
                pixels[0, 1, y, x] = 128;
        }
        using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run([NamedOnnxValue.CreateFromTensor(name, pixels)]);
        Assert.Equal(["green"], results.Single(static value => value.Name == "PredictedLabel").AsEnumerable<string>());
    }

    [Fact]
    public async Task Export_ChannelsLast_TakesPixelsAsDecodersGiveThem()
    {
        TinyBackbone.WriteImages(_folder);
        TinyData.WriteImages(_folder, "train", perClass: 6);
        _folder.Write("pipeline.json", """
            {
              "task": "multiclass-classification", "data": { "train": "train" },
              "features": [ { "image": "ImagePath", "backbone": "./tiny-image" } ], "head": { "trainer": "lbfgs", "l2Regularization": 0.01 }, "output": "run"
            }
            """);
        (await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet")).AssertEnded(ExitCode.Success);

        RunnerCall call = await RunnerCall.InAsync(_folder, "export", "run", "--channels-last", "--output", "last.onnx");

        Assert.True(call.ExitCode == ExitCode.Success, call.Error);
        using InferenceSession planes = new(_folder.PathOf("run/model.onnx"));
        using InferenceSession last = new(_folder.PathOf("last.onnx"));
        int[] size = planes.InputMetadata["pixels"].Dimensions;
        DenseTensor<byte> first = new([2, 3, size[2], size[3]]);
        DenseTensor<byte> second = new([2, size[2], size[3], 3]);
        Random random = new(1);
        for (int i = 0; i < first.Length; i++)
        {
            (int row, int channel, int y, int x) = (i / (int)first.Strides[0], i / first.Strides[1] % 3, i / size[3] % size[2], i % size[3]);
            first[row, channel, y, x] = second[row, y, x, channel] = (byte)random.Next(256);
        }
        Assert.Equal(Scores(planes, first), Scores(last, second));

        static float[] Scores(InferenceSession session, DenseTensor<byte> pixels)
        {
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> results = session.Run([NamedOnnxValue.CreateFromTensor("pixels", pixels)]);
            return [.. results.Single(static value => value.Name == "Score").AsEnumerable<float>()];
        }
    }

    // Heads without normalisation want a vector of one dimension, and ML.NET's ONNX transform gives two.
    [Theory]
    [InlineData("multiclass-classification", "light-gbm")]
    [InlineData("binary-classification", "fast-tree")]
    public async Task Run_TreesOnOneInput_GiveAModelThatStockTransformsAndOnnxRuntimeRun(string task, string trainer)
    {
        TinyBackbone.WriteTexts(_folder);
        _folder.Write("train.csv", TinyData.Texts(20));
        _folder.Write("pipeline.json", $$"""
            {
              "task": "{{task}}", "data": { "train": "train.csv", "testFraction": 0.2 },
              "features": [ { "text": "Text", "backbone": "./tiny-text" } ], "head": { "trainer": "{{trainer}}" }, "output": "run"
            }
            """);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        Assert.True(call.ExitCode == ExitCode.Success, call.Error);
        Assert.True(File.Exists(_folder.PathOf("run/model.onnx")), call.Error);
        MLContext ml = new();
        ITransformer stock = ml.Model.Load(_folder.PathOf("run/model.zip"), out _);
        IDataView rows = stock.Transform(ml.Data.LoadFromEnumerable([new TextRow { Text = "a lovely film" }, new TextRow { Text = "a terrible story" }]));
        Assert.Equal(2, rows.GetColumn<string>("PredictedLabel").Count());
    }

    [Fact]
    public void TryWrite_ModelThatCannotBeExported_IsAWarningAndNoFile()
    {
        string model = _folder.Write("model.zip", "not a model");
        List<RunEvent> events = [];
        MLContext ml = new();

        OnnxModelFile.TryWrite(
            Path.GetDirectoryName(model)!, ml.Data.LoadFromEnumerable([new TextRow()]), new Listener(events.Add), TestContext.Current.CancellationToken);

        Assert.Contains("There is no model.onnx", Assert.IsType<RunWarning>(Assert.Single(events)).Message, StringComparison.Ordinal);
        Assert.True(File.Exists(model));
        Assert.False(File.Exists(_folder.PathOf("model.onnx")));
    }

    [Theory]
    [InlineData("export nothing", "does not exist")]
    [InlineData("export . --rows 0", "expected 1 or more")]
    public async Task Export_WrongCommandLine_Exits2(string line, string expected)
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, line.Split(' '));

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.Contains(expected, call.Error, StringComparison.Ordinal);
    }

    private sealed class TextRow
    {
        public string Text { get; set; } = "";
    }

    private sealed class Listener(Action<RunEvent> listen) : IProgress<RunEvent>
    {
        public void Report(RunEvent value) => listen(value);
    }
}
