using MLTransfer.FineTuning.Freezing.Adapters;
using MLTransfer.FineTuning.Freezing.Plans;
using MLTransfer.FineTuning.Heads;
using MLTransfer.Models.Json;

namespace MLTransfer.FineTuning.Tests;

public class FineTuneOptionsTests
{
    public static TheoryData<FreezePlan, int, double, double, HeadStart> Defaults => new()
    {
        { new FreezePlan(), 6920, 1e-4, 1e-3, HeadStart.Random },
        { new FreezePlan { Top = 2 }, 6920, 3e-4, 1e-3, HeadStart.Random },
        { new FreezePlan { Lora = new LoraOptions() }, 6920, 1e-3, 1e-3, HeadStart.Random },
        { new FreezePlan(), 150, 1e-5, 1e-4, HeadStart.Fitted },
        { new FreezePlan { Top = 2 }, 150, 3e-5, 1e-4, HeadStart.Fitted },
        { new FreezePlan { Lora = new LoraOptions() }, 150, 1e-3, 1e-4, HeadStart.Fitted },
    };

    // 3 epochs of 32 rows a step: 649 steps, and 14.
    [Theory]
    [MemberData(nameof(Defaults))]
    public void For_Rows_SetsWhatWasLeftOpen(FreezePlan plan, int rows, double rate, double headRate, HeadStart start)
    {
        FineTuneOptions options = new FineTuneOptions { Train = plan }.For(rows, areTexts: true);

        Assert.Equal(rate, options.LearningRate, 1e-12);
        Assert.Equal(headRate, options.HeadLearningRate, 1e-12);
        Assert.Equal(start, options.HeadStart);
    }

    [Theory]
    [InlineData(2, 1, HeadStart.Fitted)]
    [InlineData(1, 1, HeadStart.Random)]
    [InlineData(1, 2, HeadStart.Fitted)]
    public void For_StepsThatDependOnOtherOptions_CountsThem(int batchSize, int accumulation, HeadStart start) =>
        Assert.Equal(start, new FineTuneOptions { Epochs = 2, BatchSize = batchSize, AccumulationSteps = accumulation }.For(101, areTexts: true).HeadStart);

    [Fact]
    public void For_FewSentencePairs_LeavesTheBackboneFree()
    {
        FineTuneOptions options = new FineTuneOptions().For(150, areTexts: true, arePairs: true);

        Assert.Equal((1e-4, 1e-3, HeadStart.Random), (options.LearningRate, options.HeadLearningRate, options.HeadStart));
    }

    [Theory]
    [InlineData(true, 0.1)]
    [InlineData(false, 0)]
    public void For_TextsOrImages_DropsOfResidualBranches(bool texts, double expected) =>
        Assert.Equal(expected, new FineTuneOptions().For(1000, texts).ResidualDropout);

    [Fact]
    public void For_WhatIsSet_Stays()
    {
        FineTuneOptions set = new() { LearningRate = 1e-4, HeadLearningRate = 1e-3, HeadStart = HeadStart.Random, ResidualDropout = 0 };

        Assert.Equal(set, set.For(10, areTexts: true));
    }

    // A resolved pipeline is run again, on as many rows, to the same result.
    [Fact]
    public void For_WrittenAndReadAgain_IsTheSame()
    {
        FineTuneOptions options = new FineTuneOptions().For(150, areTexts: true);

        string json = StrictJson.Write(options);

        Assert.Equal(json, StrictJson.Write(StrictJson.Parse<FineTuneOptions>(System.Text.Encoding.UTF8.GetBytes(json), "test").For(150, areTexts: true)));
    }
}
