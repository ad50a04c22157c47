using System.Text.Json.Nodes;
using Microsoft.ML;
using Parquet;
using Parquet.Schema;
using SkiaSharp;

namespace MLTransfer.Runner.Tests.Runs;

public sealed class RunFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_Images_WritesEveryFileAndTheyAgree()
    {
        TinyData.WriteImages(_folder, "train", perClass: 6);
        TinyData.WriteImages(_folder, "test", perClass: 3);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Empty(call.Error);
        Assert.Equal(RunSetup.FilesWithoutAdapter.Order(), Directory.GetFiles(_folder.PathOf("run")).Select(Path.GetFileName).Order());
        foreach (string name in RunSetup.FilesWithoutAdapter)
            Assert.Contains(Path.Combine("run", name), call.Output, StringComparison.Ordinal);
        RunSetup.AssertNoLeftovers(_folder);

        JsonNode metrics = RunSetup.Metrics(_folder);
        (string[] labels, string[] predicted, float[][] scores) = await ReadPredictionsAsync();
        double accuracy = labels.Zip(predicted).Count(static pair => pair.First == pair.Second) / 9.0;
        Assert.Equal(9, labels.Length);
        Assert.Equal(accuracy, (double)metrics["test"]!["accuracy"]!, 9);
        Assert.True(accuracy > 0.8, $"plain colours should be told apart, the accuracy is {accuracy}");
        Assert.Equal(TinyData.Classes, metrics["classes"]!.AsArray().Select(static name => (string)name!));
        Assert.All(scores, static row => Assert.Equal(1, row.Sum(), 1e-4f));
        double logLoss = labels.Zip(scores).Average(static row => -Math.Log(row.Second[Index(row.First)]));
        Assert.Equal(logLoss, (double)metrics["test"]!["logLoss"]!, 1e-5);
        Assert.Equal((18, 9, 0), ((int)metrics["rows"]!["train"]!, (int)metrics["rows"]!["test"]!, (int)metrics["rows"]!["skipped"]!));
        Assert.True((long)metrics["peakMemoryBytes"]! > 10_000_000);

        string[][] table = [.. File.ReadAllLines(_folder.PathOf("run/confusion-matrix.csv")).Select(static line => line.Split(','))];
        Assert.Equal(TinyData.Classes, table[0][1..]);
        for (int row = 0; row < 3; row++)
        {
            for (int column = 0; column < 3; column++)
            {
                int expected = labels.Zip(predicted).Count(pair => Index(pair.First) == row && Index(pair.Second) == column);
                Assert.Equal($"{expected}", table[row + 1][column + 1]);
            }
        }

        using SKBitmap picture = SKBitmap.Decode(_folder.PathOf("run/confusion-matrix.png"));
        Assert.True(picture.Width > 100);

        JsonNode environment = JsonNode.Parse(File.ReadAllText(_folder.PathOf("run/environment.json")))!;
        string hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(_folder.PathOf("tiny-image/model.onnx"))));
        Assert.Equal(hash, (string?)environment["backbones"]![0]!["sha256"]);
        Assert.Matches("^[0-9a-f]{32}$", (string?)environment["dataFingerprint"]);
        Assert.Equal("cpu", (string?)environment["inference"]!["provider"]);
    }

    [Fact]
    public async Task Run_SavedModel_PredictsWhatTheRunPredicted()
    {
        TinyData.WriteImages(_folder, "train", perClass: 6);
        TinyData.WriteImages(_folder, "test", perClass: 2);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder);
        await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet");
        (string[] labels, string[] predicted, float[][] scores) = await ReadPredictionsAsync();

        // Plain ML.NET: one row a call, without anything of this library but what the zip holds.
        MLContext ml = new();
        ITransformer model = ml.Model.Load(_folder.PathOf("run/model.zip"), out _);
        using PredictionEngine<ImageRow, Prediction> engine = ml.Model.CreatePredictionEngine<ImageRow, Prediction>(model);
        string[] images = [.. TinyData.Classes.SelectMany(name => Directory.GetFiles(_folder.PathOf($"test/{name}")).Order(StringComparer.Ordinal))];
        for (int i = 0; i < images.Length; i++)
        {
            Prediction prediction = engine.Predict(new ImageRow { ImagePath = images[i] });
            Assert.Equal(predicted[i], prediction.PredictedLabel);
            Assert.All(scores[i].Zip(prediction.Score), static pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
        }
        Assert.Equal(labels.Length, images.Length);
    }

    [Fact]
    public async Task Run_Folds_WritesSpreadAndPredictionsOfEachFold()
    {
        TinyData.WriteImages(_folder, "train", perClass: 6);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder, data: """, "folds": 3""");

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        JsonNode validation = RunSetup.Metrics(_folder)["validation"]!;
        double[] accuracies = [.. validation["folds"]!.AsArray().Select(static fold => (double)fold!["accuracy"]!)];
        Assert.Equal(3, accuracies.Length);
        Assert.Equal(accuracies.Average(), (double)validation["mean"]!["accuracy"]!, 9);
        Assert.Null(RunSetup.Metrics(_folder)["test"]);
        (string[] labels, _, _) = await ReadPredictionsAsync();
        Assert.Equal(18, labels.Length);
        Assert.Contains("cross-validation", call.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_NoTestSet_TrainsAndSaysThatNothingWasMeasured()
    {
        TinyData.WriteImages(_folder, "train", perClass: 4);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder);

        RunnerCall call = await RunnerCall.InAsync(_folder, "pipeline.json");

        call.AssertEnded(ExitCode.Success);
        Assert.Contains("nothing was measured", call.Error, StringComparison.Ordinal);
        Assert.Equal(["environment.json", "metrics.json", "model.onnx", "model.zip", "pipeline.resolved.json", "run.log"], Directory.GetFiles(_folder.PathOf("run")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Run_ResolvedPipeline_GivesTheSameResult()
    {
        _folder.Write("train.csv", TinyData.Texts(20));
        TinyBackbone.WriteTexts(_folder);
        RunSetup.WriteTextPipeline(_folder, data: """, "testFraction": 0.3""", more: """, "head": { "trainer": "lbfgs", "tune": true }""");
        await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet");
        byte[] predictions = File.ReadAllBytes(_folder.PathOf("run/predictions.parquet"));
        JsonNode before = RunSetup.Metrics(_folder)["test"]!;

        RunnerCall again = await RunnerCall.InAsync(_folder, "run/pipeline.resolved.json", "--output", "second");
        RunnerCall inPlace = await RunnerCall.InAsync(_folder, "run/pipeline.resolved.json");

        Assert.Equal((0, 0), (again.ExitCode, inPlace.ExitCode));
        Assert.True(JsonNode.DeepEquals(before, RunSetup.Metrics(_folder, "second")["test"]), "the metrics are the same");
        Assert.Equal(predictions, File.ReadAllBytes(_folder.PathOf("second/predictions.parquet")));
        Assert.Equal(predictions, File.ReadAllBytes(_folder.PathOf("run/predictions.parquet")));
        Assert.DoesNotContain(_folder.Path, File.ReadAllText(_folder.PathOf("run/pipeline.resolved.json")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_SecondTime_TakesFeaturesFromTheCache()
    {
        TinyData.WriteImages(_folder, "train", perClass: 4);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder, data: """, "testFraction": 0.5""");
        await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet");
        long size = Directory.GetFiles(_folder.PathOf("kept"), "*", SearchOption.AllDirectories).Sum(static file => new FileInfo(file).Length);

        RunnerCall second = await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet");

        second.AssertEnded(ExitCode.Success);
        Assert.True(size > 12 * 3 * sizeof(float), "the first run keeps its features");
        Assert.Equal(size, Directory.GetFiles(_folder.PathOf("kept"), "*", SearchOption.AllDirectories).Sum(static file => new FileInfo(file).Length));
    }

    [Fact]
    public async Task Run_DamagedCache_WarnsAndComputesAgain()
    {
        TinyData.WriteImages(_folder, "train", perClass: 4);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder, data: """, "testFraction": 0.5""");
        await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet");
        byte[] predictions = File.ReadAllBytes(_folder.PathOf("run/predictions.parquet"));
        foreach (string segment in Directory.GetFiles(_folder.PathOf("kept"), "*", SearchOption.AllDirectories).Where(static file => new FileInfo(file).Length > 100))
        {
            byte[] bytes = File.ReadAllBytes(segment);
            bytes[^1] ^= 0xFF;
            File.WriteAllBytes(segment, bytes);
        }

        RunnerCall second = await RunnerCall.InAsync(_folder, "pipeline.json", "--quiet");

        second.AssertEnded(ExitCode.Success);
        Assert.Contains("feature cache", second.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(predictions, File.ReadAllBytes(_folder.PathOf("run/predictions.parquet")));
    }

    [Fact]
    public async Task Run_Quiet_PrintsTheFolderOnly()
    {
        TinyData.WriteImages(_folder, "train", perClass: 4);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder, data: """, "testFraction": 0.5""");

        RunnerCall call = await RunnerCall.InAsync(_folder, "run", "pipeline.json", "-q");

        Assert.Equal(_folder.PathOf("run"), call.Output.Trim());
        Assert.Empty(call.Error);
    }

    [Fact]
    public async Task Run_Json_IsEventsAndTheResultLast()
    {
        TinyData.WriteImages(_folder, "train", perClass: 4);
        TinyBackbone.WriteImages(_folder);
        RunSetup.WriteImagePipeline(_folder, data: """, "testFraction": 0.5""");

        RunnerCall call = await RunnerCall.InAsync(_folder, "--json", "pipeline.json");

        string[] started = [.. call.Lines.Where(static line => (string?)line["event"] == "stage-started").Select(static line => (string)line["stage"]!)];
        Assert.Equal(["data", "features", "training", "evaluation", "model"], started);
        JsonObject result = call.Lines[^1];
        Assert.Equal("result", (string?)result["event"]);
        Assert.Equal((double)RunSetup.Metrics(_folder)["test"]!["accuracy"]!, (double)result["metrics"]!["test"]!["accuracy"]!);
        Assert.All(result["files"]!.AsArray(), static file => Assert.True(File.Exists((string)file!)));
    }

    [Fact]
    public async Task Run_TwoInputsAndJoinedColumns_SavesAModelThatReadsThemAll()
    {
        string[] rows = [.. TinyData.Texts(12).Split('\n')[1..^1].Select(static (row, index) => $"{row},film {index},photos/{index}.png")];
        _folder.Write("train.csv", "Label,Text,Title,Photo\n" + string.Join('\n', rows) + "\n");
        for (int i = 0; i < rows.Length; i++)
            _folder.Write($"photos/{i}.png", TinyData.Picture(i % 2 == 0 ? SKColors.Green : SKColors.Red, i));
        TinyBackbone.WriteTexts(_folder);
        TinyBackbone.WriteImages(_folder);
        _folder.Write("pipeline.json", """
            {
              "task": "multiclass-classification",
              "data": { "train": "train.csv", "testFraction": 0.25 },
              "features": [{ "text": ["Title", "Text"], "backbone": "tiny-text" }, { "image": "Photo", "backbone": "tiny-image" }],
              "cache": { "enabled": false }
            }
            """);

        RunnerCall run = await RunnerCall.InAsync(_folder, "pipeline.json");
        RunnerCall predict = await RunnerCall.InAsync(_folder, "predict", "run", "train.csv", "--json");

        run.AssertEnded(ExitCode.Success);
        predict.AssertEnded(ExitCode.Success);
        Assert.Equal(rows.Length, predict.Lines.Count);
        Assert.All(predict.Lines.Zip(rows), static pair => Assert.Equal(pair.Second.Split(',')[0], (string?)pair.First["predictedLabel"]));
    }

    private static int Index(string label) => TinyData.Classes.ToList().IndexOf(label);

    private async Task<(string[] Labels, string[] Predicted, float[][] Scores)> ReadPredictionsAsync()
    {
        await using FileStream file = File.OpenRead(_folder.PathOf("run/predictions.parquet"));
        await using ParquetReader reader = await ParquetReader.CreateAsync(file);
        List<string> labels = [];
        List<string> predicted = [];
        List<float[]> scores = [];
        for (int i = 0; i < reader.RowGroupCount; i++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(i);
            int rows = (int)group.RowCount;
            labels.AddRange(await StringsAsync(group, reader.Schema, "label"));
            predicted.AddRange(await StringsAsync(group, reader.Schema, "predictedLabel"));
            DataField[] fields = [.. reader.Schema.GetDataFields().Where(static field => field.Name.StartsWith("score.", StringComparison.Ordinal))];
            float[][] columns = new float[fields.Length][];
            for (int c = 0; c < fields.Length; c++)
            {
                columns[c] = new float[rows];
                await group.ReadAsync<float>(fields[c], columns[c].AsMemory());
            }
            scores.AddRange(Enumerable.Range(0, rows).Select(row => columns.Select(column => column[row]).ToArray()));
        }
        return ([.. labels], [.. predicted], [.. scores]);
    }

    private static async Task<string[]> StringsAsync(ParquetRowGroupReader group, ParquetSchema schema, string name)
    {
        string[] values = new string[(int)group.RowCount];
        await group.ReadAsync(schema.GetDataFields().Single(field => field.Name == name), values.AsMemory()!);
        return values;
    }

    private sealed class ImageRow
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
