using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

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
        Assert.Equal(ExitCode.Success, (await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet")).ExitCode);

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
        Assert.Equal(ExitCode.Success, (await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet")).ExitCode);

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

    [Theory]
    [InlineData("export nothing", "does not exist")]
    [InlineData("export . --rows 0", "expected 1 or more")]
    public async Task Export_WrongCommandLine_Exits2(string line, string expected)
    {
        RunnerCall call = await RunnerCall.InAsync(_folder, line.Split(' '));

        Assert.Equal(ExitCode.UserMistake, call.ExitCode);
        Assert.Contains(expected, call.Error, StringComparison.Ordinal);
    }
}
