using System.ComponentModel.DataAnnotations;
using System.Text;
using System.Text.Json.Serialization;
using MLTransfer.Models.Errors;
using MLTransfer.Models.Json;

namespace MLTransfer.Models.Tests.Json;

public class StrictJsonTests
{
    [Fact]
    public void Parse_WhatPeopleWrite_IsRead()
    {
        Menu menu = Parse("""
            {
              "$schema": "menu.schema.json",
              // the day's
              "title": "Lunch",
              "dishes": [ { "kind": "soup", "hot": true, }, { "size": "very-large", "kind": "pizza" } ], /* two */
              "prices": { "soup": 3.5 },
            }
            """);

        Assert.Equal("Lunch", menu.Title);
        Assert.Equal([new Soup { Hot = true }, new Pizza { Size = Size.VeryLarge }], menu.Dishes);
        Assert.Equal(3.5, menu.Prices["soup"]);
        Assert.Equal(4, menu.Seats);
    }

    [Theory]
    [InlineData("{ \"title\": \"x\",\n  \"seatz\": 3 }", "menu.json(2,3)", "unknown field 'seatz'", "'seats'")]
    [InlineData("{ \"title\": \"x\", \"zzz\": 3 }", "menu.json(1,17)", "unknown field 'zzz'", "Valid fields here: dishes, prices, seats, title")]
    [InlineData("{ \"title\": \"\u00e4\ud83d\ude00\", \"seatz\": 3 }", "menu.json(1,19)", "'seatz'", "'seats'")] // columns count UTF-16 units, as editors do
    [InlineData("{ \"Title\": \"x\" }", "menu.json(1,3)", "unknown field 'Title'", "'title'")]
    [InlineData("{ \"seats\": 3 }", "menu.json(1,1)", "'title' is missing", "")]
    [InlineData("{ \"title\": null }", "menu.json(1,", "title", "")]
    [InlineData("{ \"title\": \"x\", \"seats\": \"three\" }", "menu.json(1,", "'seats'", "whole number")]
    [InlineData("{ \"title\": \"x\", \"seats\": 0 }", "menu.json(1,26)", "'seats'", "from 1 to 9")]
    [InlineData("{ \"title\": \"x\", \"dishes\": { } }", "menu.json(1,27)", "'dishes' is an object", "list")]
    [InlineData("{ \"title\": \"x\", \"dishes\": [ 3 ] }", "menu.json(1,29)", "'dishes[0]' is a number", "object")]
    [InlineData("{ \"title\": \"x\", \"dishes\": [ { \"kind\": \"soop\" } ] }", "menu.json(1,39)", "'dishes[0].kind' is 'soop'", "'soup'")]
    [InlineData("{ \"title\": \"x\", \"dishes\": [ { \"hot\": true } ] }", "menu.json(1,29)", "'dishes[0].kind' is missing", "soup, pizza")]
    [InlineData("{ \"title\": \"x\", \"dishes\": [ { \"kind\": \"soup\", \"size\": \"small\" } ] }", "menu.json(1,47)", "unknown field 'dishes[0].size'", "hot")]
    [InlineData("{ \"title\": \"x\", \"dishes\": [ { \"kind\": \"pizza\", \"size\": \"verylarge\" } ] }", "menu.json(1,56)", "'verylarge'", "'very-large'")]
    [InlineData("{ \"title\": \"x\", \"prices\": { \"soup\": \"dear\" } }", "menu.json(1,", "'prices.soup'", "a number")]
    [InlineData("{ \"title\": \"x\", \"title\": \"y\" }", "menu.json(1,17)", "twice", "")]
    [InlineData("{ \"title\": \"x\" } }", "menu.json(1,", "", "")]
    [InlineData("{ \"title\": \"x\"", "menu.json(1,", "", "")]
    [InlineData("[ ]", "menu.json(1,1)", "the file is a list", "object")]
    [InlineData("null", "menu.json", "null", "object")]
    [InlineData("", "menu.json(1,1)", "", "")]
    public void Parse_Mistake_NamesPlaceAndRemedy(string json, string place, string what, string remedy)
    {
        UserException exception = Assert.Throws<UserException>(() => Parse(json));

        Assert.StartsWith(place, exception.Message, StringComparison.Ordinal);
        Assert.Contains(what, exception.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_CheckOfOneFieldAgainstAnother_GetsItsPlace()
    {
        UserException exception = Assert.Throws<UserException>(() => StrictJson.Parse<Menu>(
            "{ \"title\": \"x\",\n \"seats\": 2 }"u8, "menu.json", static (_, where) => throw new UserException($"{where("seats")} does not fit")));

        Assert.Equal("menu.json(2,11): 'seats' does not fit", exception.Message);
    }

    [Fact]
    public void Write_ThenParse_IsTheSame()
    {
        Menu menu = new() { Title = "ä", Seats = 2, Dishes = [new Pizza { Size = Size.VeryLarge }, new Soup()] };

        Menu read = Parse(StrictJson.Write(menu));

        Assert.Equal((menu.Title, menu.Seats), (read.Title, read.Seats));
        Assert.Equal(menu.Dishes, read.Dishes);
    }

    [Fact]
    public void Read_MissingFile_SaysSo() =>
        Assert.Contains("no-such.json", Assert.Throws<UserException>(() => StrictJson.Read<Menu>("no-such.json")).Message, StringComparison.Ordinal);

    private static Menu Parse(string json) => StrictJson.Parse<Menu>(Encoding.UTF8.GetBytes(json), "menu.json");

    internal sealed record Menu
    {
        public required string Title { get; init; }

        [Range(1, 9, ErrorMessage = "must be from 1 to 9.")]
        public int Seats { get; init; } = 4;

        public IReadOnlyList<Dish> Dishes { get; init; } = [];

        public IReadOnlyDictionary<string, double> Prices { get; init; } = new Dictionary<string, double>();
    }

    [JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
    [JsonDerivedType(typeof(Soup), "soup")]
    [JsonDerivedType(typeof(Pizza), "pizza")]
    internal abstract record Dish;

    internal sealed record Soup : Dish
    {
        public bool Hot { get; init; }
    }

    internal sealed record Pizza : Dish
    {
        public Size Size { get; init; }
    }

    internal enum Size
    {
        Small,
        VeryLarge,
    }
}
